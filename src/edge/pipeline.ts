import { lookUpAnswer } from "./store/look-up.ts";
import { flightName } from "./key.ts";
import { followerTimeoutMs } from "./limits.ts";
import { type ImageRequest, withoutScaling } from "./negotiate/image-request.ts";
import { decideBypass } from "./plan/bypass.ts";
import { sendAnswer } from "./respond/send-answer.ts";
import type { Services } from "./services.ts";
import { type Outcome, SourceFlight } from "./flight/flight.ts";
import { discardForwarded, passOn, passUnchanged } from "./origin/pass-on.ts";

/**
 * The way of a request for an image, from top to bottom. By now it is parsed, negotiated and keyed: `image` holds all
 * that a decision may read.
 */
export async function answerImage(request: Request, asked: ImageRequest, services: Services): Promise<Response> {
  const isRefused = asked.pixelRatio !== 1 && services.refusedScales.has(flightName(asked.key));
  const image = isRefused ? withoutScaling(asked) : asked;
  const bypass = decideBypass(image, services.config);
  if (bypass !== undefined) return passUnchanged(request, image, bypass, services);

  const found = await lookUpAnswer(services.cache, image, services.now());
  if (found !== undefined && !(found.isInterim && (await awaitBetter(image, services)))) return found.response;
  const better = found && (await lookUpAnswer(services.cache, image, services.now()));
  if (better !== undefined) return better.response;

  const { outcome, isLeader } = await workOut(image, services);
  if (outcome.kind === "passed") {
    const isPicture = outcome.reason !== "origin-error" && outcome.reason !== "not-an-image";
    if (isPicture || image.pixelRatio === 1) return passOn(request, image, outcome, services);
    // The origin cannot give more pixels; what the URL itself names is better than no picture.
    await discardForwarded(outcome);
    if (outcome.response.status < 500) services.refusedScales.add(flightName(image.key));
    return answerImage(request, withoutScaling(image), services);
  }
  return sendAnswer(image, outcome.answer, isLeader, services.now());
}

/** Fetches, probes, plans and transcodes once per source: by joining the flight under way, or by starting one. */
async function workOut(image: ImageRequest, services: Services): Promise<{ outcome: Outcome; isLeader: boolean }> {
  const start = (): SourceFlight => new SourceFlight(image, services);
  const { flight, isLeader } = services.flights.join(flightName(image.key), start);
  const shared = flight.outcome(image, services.waitUntil);
  if (isLeader) return { outcome: await shared, isLeader };
  const outcome = await Promise.race([shared, waitFor(followerTimeoutMs)]);
  if (outcome?.kind === "ready") return { outcome, isLeader };
  // The leader's request may have been cancelled. Forget this flight, so that nobody else waits for it.
  if (outcome === undefined) services.flights.end(flightName(image.key), flight);
  // What the leader got is for the leader alone, or does not come: this request does the work itself.
  return { outcome: await start().outcome(image, services.waitUntil), isLeader: true };
}

const betterPollMs = 25;

/**
 * Whether the better variant that an interim answer promised has just been made in this isolate. Waits for it only when
 * all encoding under way here is predicted to end within the time that a first answer may take.
 */
async function awaitBetter(image: ImageRequest, services: Services): Promise<boolean> {
  const flight = services.flights.find(flightName(image.key));
  const { INLINE_BUDGET_MS: budget } = services.config;
  if (flight === undefined || services.encoderPool.queue.predictedWaitMs("background") > budget) return false;
  // Asked again and again: a promise of the flight is another request's, and may be lost together with that.
  for (let waited = 0; waited < budget && !flight.isFinalFor(image.client.token); waited += betterPollMs) {
    await waitFor(betterPollMs);
  }
  return true;
}

function waitFor(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, undefined));
}
