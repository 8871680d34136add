/** What is decided about a file before anything of it is decoded. */
import { readConfig } from "../../src/edge/config.ts";
import type { Plan } from "../../src/edge/plan/plan.ts";
import { planSource } from "../../src/edge/plan/plan.ts";
import { firstReason, type Reason } from "../../src/edge/reasons.ts";
import { readSourceMetadata, rightsIn } from "../../src/imaging/carry/read-metadata.ts";
import type { ImageFacts } from "../../src/imaging/model/facts.ts";
import { hasEndMarker } from "../../src/imaging/probe/end-marker.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";

export const config = readConfig({ ORIGIN: "https://origin.test", METADATA: "copyright" });

export interface Decided {
  readonly decided: Reason | "planned";
  readonly facts: ImageFacts | undefined;
  readonly plan: Plan | undefined;
}

/** Reads all that is read of a file before it is decoded, with the metadata that would be carried. */
export async function decide(file: Uint8Array<ArrayBuffer>): Promise<Decided> {
  const facts = await probeImage(file);
  if (facts === undefined) return { decided: "not-an-image", facts, plan: undefined };
  const plan = planSource(facts, file.length, config);
  rightsIn(await readSourceMetadata(file, facts.format));
  if (!hasEndMarker(facts.format, file)) return { decided: "undecodable", facts, plan: undefined };
  if (plan.kind === "pass") return { decided: plan.reason, facts, plan };
  const verdicts = Object.values(plan.variants);
  const refused = verdicts.every((verdict) => typeof verdict === "string") ? firstReason(verdicts) : undefined;
  return { decided: refused ?? "planned", facts, plan };
}
