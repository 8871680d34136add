import { hashText, type Config } from "../config.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { Reason } from "../reasons.ts";

/** Why a request is passed on before anything is looked up, or undefined. */
export function decideBypass(image: ImageRequest, config: Config): Reason | undefined {
  if (config.MODE === "off") return "bypass";
  if (!isInRollout(image, config)) return "rollout";
  if (image.parsed.optedOut) return "opted-out";
  return image.preset === "unknown" ? "unknown-preset" : undefined;
}

/** The same URL is always on the same side, so that its caches stay whole while the share grows. */
function isInRollout(image: ImageRequest, config: Config): boolean {
  if (config.ROLLOUT_PERCENT >= 100) return true;
  return hashText(image.key.site + image.parsed.keyPath) % 100 < config.ROLLOUT_PERCENT;
}
