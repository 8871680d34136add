import type { RateLimiter } from "../env.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { limiterMs } from "../limits.ts";
import { withPatience } from "../origin/patience.ts";
import type { Services } from "../services.ts";
import { networkOf } from "../negotiate/client-address.ts";
import { isUnderWay } from "./join.ts";

/**
 * Whether a client may begin work on a picture of which nothing is known here. Its encodes are bounded that way: each
 * picture has a few, and is new once. A limiter that fails allows everything.
 */
export async function mayBegin(
  limiter: RateLimiter,
  request: Request,
  image: ImageRequest,
  services: Services,
): Promise<boolean> {
  if (isUnderWay(image, services)) return true;
  const { record } = await services.store.readRecord(image.key);
  if (record !== undefined) return true;
  const key = networkOf(request.headers.get("cf-connecting-ip") ?? "");
  try {
    return (await withPatience(limiter.limit({ key }), limiterMs))?.success ?? true;
  } catch {
    return true;
  }
}
