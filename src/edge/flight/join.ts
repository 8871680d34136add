import { flightName } from "../key.ts";
import { followerTimeoutMs } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import type { Services } from "../services.ts";
import { type Outcome, SourceFlight } from "./flight.ts";

/** What a request gets out of a flight, and whether it did the work itself. */
export interface WorkedOut {
  readonly outcome: Exclude<Outcome, { readonly kind: "unfit" }>;
  readonly isLeader: boolean;
}

/** Flights that a request waits for in vain, at most, before it does the work itself. */
const maxFollowed = 2;

/** Fetches, probes, plans and transcodes once per source: by joining the flight under way, or by starting one. */
export async function workOut(image: ImageRequest, services: Services): Promise<WorkedOut> {
  const { flights, waitUntil } = services;
  const left = new Set<SourceFlight>();
  let isAlone = false;
  let needsBytes = false;
  for (;;) {
    const mayJoin = (flight: SourceFlight): boolean =>
      !isAlone && left.size < maxFollowed && !left.has(flight) && flight.isJoinable(image);
    const start = (): SourceFlight => new SourceFlight(image, services, needsBytes);
    const { flight, isLeader } = flights.join(nameFor(image, services), mayJoin, start);
    const shared = flight.outcome(image, waitUntil);
    const outcome = await (isLeader ? shared : Promise.race([shared, waitFor(followerTimeoutMs)]));
    left.add(flight);
    if (outcome === undefined) {
      // The leader's request may have been cancelled. Forget this flight, so that nobody else waits for it.
      flights.end(flight);
    } else if (outcome.kind === "unfit") {
      needsBytes ||= outcome.needsBytes;
    } else if (outcome.kind === "passed" && !isLeader) {
      // What the leader got is for the leader alone.
      isAlone = true;
    } else return { outcome, isLeader };
  }
}

/** Flights are for all requests of a source, unless the origin is known to answer by `Origin`. */
function nameFor(image: ImageRequest, { flights }: Services): string {
  const name = flightName(image.key);
  return flights.find(name)?.maySuit(image) === false ? `${name} ${image.corsOrigin ?? "-"}` : name;
}

const betterPollMs = 25;

/**
 * Whether the better variant that an interim answer promised has just been made in this isolate. Waits for it only when
 * all encoding under way here is predicted to end within the time that a first answer may take.
 */
export async function awaitBetter(image: ImageRequest, services: Services): Promise<boolean> {
  const flight = services.flights.find(nameFor(image, services));
  const { INLINE_BUDGET_MS: budget } = services.config;
  if (flight?.isJoinable(image) !== true) return false;
  if (services.encoderPool.queue.predictedWaitMs("background") > budget) return false;
  // Asked again and again: a promise of the flight is another request's, and may be lost together with that.
  for (let waited = 0; waited < budget && !flight.isFinalFor(image.client.token); waited += betterPollMs) {
    await waitFor(betterPollMs);
  }
  return true;
}

function waitFor(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, undefined));
}
