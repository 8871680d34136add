import { lookUpAnswer } from "./cache/look-up.ts";
import { flightName } from "./cache/key.ts";
import { followerTimeoutMs } from "./limits.ts";
import type { ImageRequest } from "./negotiate/image-request.ts";
import { decideBypass } from "./plan/bypass.ts";
import { sendAnswer } from "./respond/send-answer.ts";
import type { Services } from "./services.ts";
import { SourceFlight } from "./source-flight.ts";
import type { Source } from "./source/load-source.ts";
import { passOn, passUnchanged } from "./source/pass-on.ts";

/**
 * The way of a request for an image, from top to bottom. By now it is parsed, negotiated and keyed: `image` holds all
 * that a decision may read.
 */
export async function answerImage(request: Request, image: ImageRequest, services: Services): Promise<Response> {
  const bypass = decideBypass(image, services.config);
  if (bypass !== undefined) return passUnchanged(request, image, bypass, services);

  const found = await lookUpAnswer(services.cache, image, services.now());
  if (found !== undefined && !(found.isInterim && (await awaitBetter(image, services)))) return found.response;
  const better = found && (await lookUpAnswer(services.cache, image, services.now()));
  if (better !== undefined) return better.response;

  const { flight, source, isLeader } = await obtainSource(image, services);
  if (source.kind === "passed") return passOn(request, image, source, services);

  const answer = await flight.answer(image, source);
  return sendAnswer(image, answer, isLeader, services.now());
}

interface Obtained {
  readonly flight: SourceFlight;
  readonly source: Source;
  readonly isLeader: boolean;
}

/** Fetches, probes and plans once per source: by joining the flight under way, or by starting one. */
async function obtainSource(image: ImageRequest, services: Services): Promise<Obtained> {
  const start = (): SourceFlight => new SourceFlight(image, services);
  const { flight, isLeader } = services.flights.join(flightName(image.key), start);
  if (isLeader) return { flight, source: await flight.source, isLeader };
  const source = await Promise.race([flight.source, waitFor(followerTimeoutMs)]);
  if (source?.kind === "loaded") return { flight, source, isLeader };
  // The leader's answer is for the leader alone, or does not come: this request does the work itself.
  const own = start();
  return { flight: own, source: await own.source, isLeader: true };
}

/**
 * Whether the better variant that an interim answer promised has just been made in this isolate. Waits for it only when
 * all encoding under way here is predicted to end within the time that a first answer may take.
 */
async function awaitBetter(image: ImageRequest, services: Services): Promise<boolean> {
  const flight = services.flights.find(flightName(image.key));
  const { INLINE_BUDGET_MS: budget } = services.config;
  if (flight === undefined || services.workshop.queue.predictedWaitMs("background") > budget) return false;
  await Promise.race([flight.finished(), waitFor(budget)]);
  return true;
}

function waitFor(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, undefined));
}
