/** Work under way in this isolate, by name, so that whoever wants the same joins it (DESIGN: one fetch per source). */
export interface Flights<Flight> {
  /** The flight of that name, or a new one. */
  join(name: string, start: () => Flight): { readonly flight: Flight; readonly isLeader: boolean };
  find(name: string): Flight | undefined;
  all(): Iterable<Flight>;
  /** Forgets a flight; a newer one of the same name stays. */
  end(name: string, flight: Flight): void;
}

export function createFlights<Flight>(): Flights<Flight> {
  const underWay = new Map<string, Flight>();
  return {
    join(name, start) {
      const known = underWay.get(name);
      if (known !== undefined) return { flight: known, isLeader: false };
      const flight = start();
      underWay.set(name, flight);
      return { flight, isLeader: true };
    },
    find: (name) => underWay.get(name),
    all: () => [...underWay.values()],
    end(name, flight) {
      if (underWay.get(name) === flight) underWay.delete(name);
    },
  };
}
