import type { ImageRequest } from "../negotiate/image-request.ts";
import { discardForwarded } from "../origin/pass-on.ts";
import { passUnchanged } from "../origin/pass-unchanged.ts";
import { freshnessOf, refuseToStore } from "../origin/read-source.ts";
import { isImageType, statedLength } from "../origin/forwarded.ts";
import type { Services } from "../services.ts";
import { workOut } from "./join.ts";
import { mayBegin } from "./may-begin.ts";

/**
 * In shadow mode: the client's own request and the origin's own answer, streamed as with `MODE=off`. All work on the
 * picture begins when the last byte has gone, so that its time shows to no client.
 */
export async function answerInShadow(request: Request, image: ImageRequest, services: Services): Promise<Response> {
  let isSource = false;
  const answer = await passUnchanged(
    request,
    image,
    (headers) => {
      const unstored = refuseToStore(headers, freshnessOf(headers, services), services);
      isSource = unstored === undefined && isImageType(headers);
      return unstored ?? "shadow";
    },
    services,
  );
  if (!isSource || answer.status !== 200 || answer.body === null) return answer;
  const length = statedLength(answer.headers);
  const { readable, writable } = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  const work = async (): Promise<void> => {
    // A client that leaves has seen enough, too.
    await answer.body?.pipeTo(writable).catch(() => undefined);
    const { rateLimiter } = services;
    if (rateLimiter !== undefined && !(await mayBegin(rateLimiter, request, image, services))) return;
    const worked = await workOut(image, services, false);
    if (worked?.outcome.kind === "passed") await discardForwarded(worked.outcome);
  };
  services.waitUntil(work());
  return new Response(readable, answer);
}
