import { catchUp } from "./flight/catch-up.ts";
import { awaitBetter, workOut } from "./flight/join.ts";
import { mayBegin } from "./flight/may-begin.ts";
import { answerInShadow } from "./flight/shadow.ts";
import { flightName } from "./key.ts";
import { type ImageRequest, withoutScaling } from "./negotiate/image-request.ts";
import { discardForwarded, passOn } from "./origin/pass-on.ts";
import { answerFromMemory } from "./origin/answer-from-memory.ts";
import { passDownload, passUnchanged } from "./origin/pass-unchanged.ts";
import { formatOfExtension } from "../imaging/model/formats.ts";
import { extensionOf } from "./negotiate/candidate.ts";
import { decideBypass } from "./plan/bypass.ts";
import { isPrintFile } from "./plan/print-file.ts";
import { sendAnswer } from "./respond/send-answer.ts";
import type { Services } from "./services.ts";
import type { FoundAnswer } from "./store/look-up.ts";

/**
 * The way of a request for an image, from top to bottom. By now it is parsed, negotiated and keyed: `image` holds all
 * that a decision may read. A hit comes as it was found: what is known of it need not be read from its header fields.
 */
export async function answerImage(
  request: Request,
  asked: ImageRequest,
  services: Services,
  isAlone = false,
): Promise<Response | FoundAnswer> {
  const { answers, memory, now } = services;
  const isRefused = asked.pixelRatio !== 1 && memory.refusedScales.find(flightName(asked.key)) === true;
  const image = isRefused ? withoutScaling(asked) : asked;
  const bypass = decideBypass(image, services.config);
  if (bypass !== undefined) return passUnchanged(request, image, bypass, services);
  const learned = answerFromMemory(request, image, services);
  if (learned !== undefined) return learned;

  if (image.isNavigation && (await isDownload(image, services))) {
    return passDownload(request, image, services);
  }

  const found = await answers.match(image, now());
  if (services.config.MODE === "shadow") return found ?? answerInShadow(request, image, services);
  if (found?.isInterim === true && services.fleet !== undefined) {
    services.waitUntil(catchUp(image, found, services));
    return found;
  }
  if (found !== undefined && !(found.isInterim && (await awaitBetter(image, services)))) return found;
  await found?.response.body?.cancel();
  const better = found && (await answers.match(image, now()));
  if (better !== undefined) return better;

  const { rateLimiter } = services;
  if (rateLimiter !== undefined && !(await mayBegin(rateLimiter, request, image, services))) {
    return passUnchanged(request, image, "bypass", services);
  }
  const worked = await workOut(image, services, isAlone);
  if (worked === undefined) return answerImage(request, asked, services, true);
  const { outcome, isLeader } = worked;
  if (outcome.kind === "ready") {
    const isOwnFile = image.isNavigation && isPrintFile(outcome.facts);
    return isOwnFile ? passDownload(request, image, services) : sendAnswer(image, outcome.answer, isLeader, now());
  }
  const isPicture = outcome.reason !== "origin-error" && outcome.reason !== "not-an-image";
  if (isPicture || image.pixelRatio === 1) return passOn(request, image, outcome, services);
  // The origin cannot give more pixels; what the URL itself names is better than no picture.
  await discardForwarded(outcome);
  if (outcome.response.status < 500) memory.refusedScales.add(flightName(image.key), true);
  return answerImage(request, withoutScaling(image), services);
}

/** Whether a navigation leads to a file for print, as far as that is known without asking the origin. */
async function isDownload({ key, url }: ImageRequest, { store }: Services): Promise<boolean> {
  const { record } = await store.readRecord(key);
  const format = formatOfExtension(extensionOf(url.pathname));
  return record === undefined ? format === "tiff" : isPrintFile(record.file.facts);
}
