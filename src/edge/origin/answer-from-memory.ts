import { flightName } from "../key.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { Ports } from "../ports.ts";
import { sendMissing } from "./missing.ts";
import { passPersonal, passUnchanged } from "./pass-unchanged.ts";

/** An answer that follows from what was learned of the URL lately; undefined when that decides nothing. */
export function answerFromMemory(
  request: Request,
  image: ImageRequest,
  services: Ports,
): Promise<Response> | Response | undefined {
  const { memory, now } = services;
  const name = flightName(image.key);
  const passed = memory.passedUrls.find(name);
  const isOwn = passed === "personal" || (passed === "unshared" && request.headers.has("cookie"));
  if (isOwn) return passPersonal(request, image, services);
  if (passed === "unshared") return passUnchanged(request, image, "not-cacheable", services);
  if (passed === "too-slow") return passUnchanged(request, image, "too-large", services);
  // Only a stored answer has a range of it cut out here.
  if (passed !== undefined && image.conditions.range !== null) return passUnchanged(request, image, passed, services);
  const missing = memory.missing.find(name);
  return missing !== undefined && now() < missing.until ? sendMissing(missing, image, now()) : undefined;
}
