import { flightName } from "../key.ts";
import { maxMissedSigns, signOfLifeMs } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { withPatience } from "../origin/patience.ts";
import type { Services } from "../services.ts";
import { type Outcome, SourceFlight } from "./flight.ts";

/** What a request gets out of a flight, and whether it did the work itself. */
export interface WorkedOut {
  readonly outcome: Exclude<Outcome, { readonly kind: "unfit" }>;
  readonly isLeader: boolean;
}

/** Flights that a request waits for in vain, at most, before it does the work itself. */
const maxFollowed = 2;

/**
 * Fetches, probes, plans and transcodes once per source: by joining the flight under way, or by starting one.
 * @param isAlone whether the request may not join others, whose answer is theirs alone.
 * @returns undefined when what the flight got is for its leader alone. What has been learned from that may answer this
 * request, or it has to do the work itself.
 */
export async function workOut(
  image: ImageRequest,
  services: Services,
  isAlone: boolean,
): Promise<WorkedOut | undefined> {
  const { flights, waitUntil } = services;
  const left = new Set<SourceFlight>();
  let needsBytes = false;
  for (;;) {
    const mayJoin = (flight: SourceFlight): boolean =>
      !isAlone && left.size < maxFollowed && !left.has(flight) && flight.isJoinable(image);
    const start = (): SourceFlight => new SourceFlight(image, services, (flight) => flights.end(flight), needsBytes);
    const { flight, isLeader } = flights.join(nameFor(image, services), mayJoin, start);
    const shared = flight.outcome(image, waitUntil);
    const outcome = await (isLeader ? shared : follow(flight, shared, left.size === 0));
    left.add(flight);
    if (outcome === undefined) {
      // Nobody else is to wait for it. The next flight takes its place, and is joined.
      flights.end(flight);
    } else if (outcome.kind === "unfit") {
      needsBytes ||= outcome.needsBytes;
    } else if (outcome.kind === "passed" && !isLeader) {
      return undefined;
    } else return { outcome, isLeader };
  }
}

/**
 * What another request's flight has for this one; undefined when that request has been cancelled, by its signs of life,
 * or when it has failed for the first time: another one may not.
 */
async function follow(flight: SourceFlight, shared: Promise<Outcome>, mayFail: boolean): Promise<Outcome | undefined> {
  let [seen, missed] = [flight.signsOfLife, 0];
  const outcome = mayFail ? shared.catch(() => undefined) : shared;
  while (missed < maxMissedSigns) {
    const settled = await withPatience(
      outcome.then((result) => ({ result })),
      signOfLifeMs,
    );
    if (settled !== undefined) return settled.result;
    missed = flight.signsOfLife === seen ? missed + 1 : 0;
    seen = flight.signsOfLife;
  }
  return undefined;
}

/** Flights are for all requests of a source, unless the origin is known to answer by `Origin`. */
function nameFor(image: ImageRequest, { flights }: Services): string {
  const name = flightName(image.key);
  return flights.find(name)?.maySuit(image) === false ? `${name} ${image.corsOrigin ?? "-"}` : name;
}

/** Whether a request would find work to join, and begin none. */
export function isUnderWay(image: ImageRequest, services: Services): boolean {
  return services.flights.find(nameFor(image, services))?.isJoinable(image) === true;
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
