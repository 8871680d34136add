import { awaitBetter, workOut } from "./flight/join.ts";
import { flightName } from "./key.ts";
import { type ImageRequest, withoutScaling } from "./negotiate/image-request.ts";
import { discardForwarded, passOn } from "./origin/pass-on.ts";
import { passPersonal, passUnchanged } from "./origin/pass-unchanged.ts";
import { decideBypass } from "./plan/bypass.ts";
import { sendAnswer } from "./respond/send-answer.ts";
import type { Services } from "./services.ts";

/**
 * The way of a request for an image, from top to bottom. By now it is parsed, negotiated and keyed: `image` holds all
 * that a decision may read.
 */
export async function answerImage(request: Request, asked: ImageRequest, services: Services): Promise<Response> {
  const isRefused = asked.pixelRatio !== 1 && services.memory.refusedScales.find(flightName(asked.key)) === true;
  const image = isRefused ? withoutScaling(asked) : asked;
  const bypass = decideBypass(image, services.config);
  if (bypass !== undefined) return passUnchanged(request, image, bypass, services);

  const passed = services.memory.passedUrls.find(flightName(image.key));
  if (passed === "personal") return passPersonal(request, image, services);
  // Only a stored answer has a range of it cut out here.
  if (passed !== undefined && image.conditions.range !== null) return passUnchanged(request, image, passed, services);

  const { answers, now } = services;
  const found = await answers.match(image, now());
  if (found !== undefined && !(found.isInterim && (await awaitBetter(image, services)))) return found.response;
  await found?.response.body?.cancel();
  const better = found && (await answers.match(image, now()));
  if (better !== undefined) return better.response;

  const { outcome, isLeader } = await workOut(image, services);
  if (outcome.kind === "ready") return sendAnswer(image, outcome.answer, isLeader, now());
  const isPicture = outcome.reason !== "origin-error" && outcome.reason !== "not-an-image";
  if (isPicture || image.pixelRatio === 1) return passOn(request, image, outcome, services);
  // The origin cannot give more pixels; what the URL itself names is better than no picture.
  await discardForwarded(outcome);
  if (outcome.response.status < 500) services.memory.refusedScales.add(flightName(image.key), true);
  return answerImage(request, withoutScaling(image), services);
}
