/** A day of requests on paper: what a fleet and single data centres make of it. */

export interface DayCosts {
  /** Dollars for a million new pictures, in the world (fleet) or in each data centre that is asked for them. */
  readonly newPictures: number;
  /** Dollars for a million first looks of a further data centre; none where each makes its own. */
  readonly imports: number;
  /** Seconds from the first request until the final answer is shown. */
  readonly finalSeconds: number;
}

export interface Day {
  readonly requests: number;
  /** Pictures that anybody asks for, of the million. */
  readonly askedPictures: number;
  /** First requests of a picture in a data centre. */
  readonly firstRequests: number;
  readonly fleet: DayOutcome;
  readonly embedded: DayOutcome;
}

interface DayOutcome {
  /** Dollars for all but hits, on the first day, on which every picture is new. */
  readonly dollars: number;
  /** Share of answers that are interim. */
  readonly interimShare: number;
}

const pictures = 1_000_000;
const dataCentres = 300;
const daySeconds = 86_400;
/** Pictures are treated alike in groups whose ranks differ by so little. */
const groupGrowth = 1.01;

/**
 * Expected values for requests that come independently of each other (Poisson), for a picture as often as its rank says
 * (Zipf, exponent 1) and in a data centre likewise.
 */
export function simulateDay(requests: number, fleet: DayCosts, embedded: DayCosts): Day {
  const harmonic = Math.log(pictures) + 0.5772;
  const centres = zipfShares(dataCentres);
  let [asked, first, fleetInterim, embeddedInterim] = [0, 0, 0, 0];
  for (let rank = 1; rank <= pictures;) {
    const next = Math.min(pictures + 1, Math.max(rank + 1, Math.floor(rank * groupGrowth)));
    const size = next - rank;
    const middle = (rank + next - 1) / 2;
    const perDay = requests / middle / harmonic;
    const isAsked = 1 - Math.exp(-perDay);
    asked += size * isAsked;
    // The first request in the world, and those that come before its picture is final.
    fleetInterim += size * isAsked * (1 + (perDay * fleet.finalSeconds) / daySeconds);
    for (const share of centres) {
      const isAskedHere = 1 - Math.exp(-perDay * share);
      first += size * isAskedHere;
      embeddedInterim += size * isAskedHere * (1 + (perDay * share * embedded.finalSeconds) / daySeconds);
    }
    rank = next;
  }
  const inMillions = (count: number): number => count / 1e6;
  return {
    requests,
    askedPictures: asked,
    firstRequests: first,
    fleet: {
      dollars: inMillions(asked) * fleet.newPictures + inMillions(first - asked) * fleet.imports,
      interimShare: fleetInterim / requests,
    },
    embedded: {
      dollars: inMillions(first) * embedded.newPictures,
      interimShare: embeddedInterim / requests,
    },
  };
}

function zipfShares(count: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
