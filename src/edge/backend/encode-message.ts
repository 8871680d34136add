import { isKnownRecipe } from "../../imaging/model/recipe.ts";
import type { MetadataSetting } from "../../imaging/model/settings.ts";
import type { SourceKey } from "../key.ts";
import type { KnownSource, VariantStates } from "../plan/known-source.ts";
import type { PlannedVariant } from "../plan/variant.ts";

/** Raised whenever an encoder of an older version would misread a message, or a gateway's recipe. */
const messageVersion = 1;

/**
 * What a gateway asks of the encoder: one source, whose bytes and manifest are in the shared store by then. It carries
 * the recipes themselves, so that an encoder with other settings makes what the gateway's settings say.
 */
export interface EncodeMessage {
  readonly version: typeof messageVersion;
  readonly key: SourceKey;
  /** Of the source's bytes; another version of the picture is another message. */
  readonly etag: string;
  readonly generation: string;
  readonly variants: readonly PlannedVariant[];
  readonly metadata: MetadataSetting;
  /** What the gateway has made or found out itself, for the manifest. Its bytes are in the store. */
  readonly results: VariantStates;
  readonly verdict: KnownSource["verdict"];
  /** It has waited so long that it makes way for newer ones. */
  readonly isBackfill?: boolean;
}

export function createMessage(message: Omit<EncodeMessage, "version">): EncodeMessage {
  return { version: messageVersion, ...message };
}

/** What a queue has delivered; undefined where it is no message of this version. */
export function readMessage(body: unknown): EncodeMessage | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { version, key, etag, generation, variants, results } = body as Partial<EncodeMessage>;
  const isWhole =
    version === messageVersion &&
    typeof key?.sourcePath === "string" &&
    typeof key.site === "string" &&
    typeof etag === "string" &&
    typeof generation === "string" &&
    Array.isArray(variants) &&
    variants.every(({ recipe }: PlannedVariant) => isKnownRecipe(recipe)) &&
    typeof results === "object";
  return isWhole ? (body as EncodeMessage) : undefined;
}

/** What is left of a message that was given up. */
export interface DeadLetter {
  readonly reason: string;
  readonly message: unknown;
}
