import { ProblemError } from "../errors.ts";
import { readImageRequest } from "../negotiate/image-request.ts";
import { passUnchanged } from "../origin/pass-unchanged.ts";
import type { Services } from "../services.ts";
import { targetOf } from "./explain.ts";

/**
 * The origin's own file for `?url=`, for a comparison. The origin is asked as for everybody: without the token, and
 * without the cookies of the asker.
 * @throws ProblemError `bad-request` without the URL of an image on this host
 */
export async function showOriginal(_request: Request, url: URL, services: Services): Promise<Response> {
  const target = targetOf(url);
  const plain = new Request(target, { headers: { accept: "*/*" } });
  const image = readImageRequest(plain, target, services.config);
  if (image === undefined) throw new ProblemError("bad-request", "url= does not look like an image.");
  const answer = await passUnchanged(plain, image, "opted-out", services);
  const headers = new Headers(answer.headers);
  headers.delete("set-cookie");
  headers.set("cache-control", "no-store");
  headers.set("content-security-policy", "sandbox; default-src 'none'");
  return new Response(answer.body, { status: answer.status, headers });
}
