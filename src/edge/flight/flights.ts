/** What a registry asks of its flights. */
export interface Mortal {
  /** Its work cannot be going on any more: the platform has ended the request that did it. */
  isOverdue(now: number): boolean;
  /** Gives back what it holds, and ends. */
  abandon(): void;
}

/** Work under way in this isolate, by name, so that requests for the same thing join it (DESIGN: one fetch per source). */
export interface Flights<Flight extends Mortal> {
  /** The flight of that name, where it may be joined; else a new one, which takes its place. */
  join(
    name: string,
    mayJoin: (flight: Flight) => boolean,
    start: () => Flight,
  ): { readonly flight: Flight; readonly isLeader: boolean };
  find(name: string): Flight | undefined;
  /** All that have not ended, also those whose place another one has taken. */
  all(): Iterable<Flight>;
  /** Forgets a flight; a newer one of the same name stays. */
  end(flight: Flight): void;
}

export function createFlights<Flight extends Mortal>(clock: () => number): Flights<Flight> {
  const byName = new Map<string, Flight>();
  const names = new Map<Flight, string>();
  const end = (flight: Flight): void => {
    const name = names.get(flight);
    names.delete(flight);
    if (name !== undefined && byName.get(name) === flight) byName.delete(name);
  };
  /** A request that the platform has ended runs no code any more: others bury its flight. */
  const buryOverdue = (): void => {
    const now = clock();
    for (const flight of [...names.keys()].filter((each) => each.isOverdue(now))) {
      flight.abandon();
      end(flight);
    }
  };
  return {
    join(name, mayJoin, start) {
      buryOverdue();
      const known = byName.get(name);
      if (known !== undefined && mayJoin(known)) return { flight: known, isLeader: false };
      const flight = start();
      byName.set(name, flight);
      names.set(flight, name);
      return { flight, isLeader: true };
    },
    find: (name) => byName.get(name),
    all: () => [...names.keys()],
    end,
  };
}
