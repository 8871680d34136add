import { predictRendering } from "../../imaging/cost/rendering.ts";
import type { ImageFacts } from "../../imaging/model/facts.ts";
import { frameOf, isWhole, type Rendering, uprightSize } from "../../imaging/model/rendering.ts";
import { probeImage } from "../../imaging/probe/probe.ts";
import { backgroundWindowMs } from "../limits.ts";
import type { KnownSource } from "../plan/known-source.ts";
import { refusePixels, refuseSource } from "../plan/policy.ts";
import type { Ports } from "../ports.ts";
import type { Reason } from "../reasons.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The file that everything else is made of. */
export type Drawn =
  | {
      readonly kind: "file";
      readonly bytes: Bytes;
      readonly facts: ImageFacts;
      /** Why the file is not the preset's, where it is not. */
      readonly verdict: KnownSource["verdict"];
    }
  /** Not now: the original is for this client alone. */
  | { readonly kind: "missed"; readonly reason: Reason };

/**
 * Draws a preset of what the origin has sent. What the source forbids, and what cannot be drawn, leaves the original; so
 * does a picture that is no larger than the preset, which is the best that there is of it.
 */
export async function drawPreset(
  bytes: Bytes,
  facts: ImageFacts,
  rendering: Rendering,
  { config, encoderPool, now }: Pick<Ports, "config" | "encoderPool" | "now">,
): Promise<Drawn> {
  const original = (verdict: KnownSource["verdict"]): Drawn => ({ kind: "file", bytes, facts, verdict });
  // Its own reason is given by the plan.
  if (refuseSource(facts, config) !== undefined) return original(null);
  const size = uprightSize(facts);
  if (facts.animated || size.width === 0 || refusePixels(facts, config) !== undefined) return original("not-resized");
  if (isWhole(frameOf(rendering, size), size)) return original(null);
  const memoryBudgetBytes = config.MEMORY_BUDGET_MB * 1e6;
  const cost = predictRendering(facts, bytes.length, rendering);
  if (cost.peakBytes > memoryBudgetBytes || cost.ms > backgroundWindowMs) return original("not-resized");
  const job = encoderPool.backend.open({ facts, bytes, memoryBudgetBytes, metadata: config.METADATA });
  try {
    const made = await job.render(rendering, cost, { priority: "inline", endBy: now() + backgroundWindowMs });
    if (made.kind === "made") {
      const drawn = await probeImage(made.bytes);
      if (drawn !== undefined) return { kind: "file", bytes: made.bytes, facts: drawn, verdict: null };
    }
    if (made.kind === "undecodable") return original("undecodable");
    if (made.kind === "refused") return original("not-resized");
    return { kind: "missed", reason: made.kind === "dropped" ? "interim" : "encode-failed" };
  } finally {
    job.close();
  }
}
