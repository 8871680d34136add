import { describe, expect, it, vi } from "vitest";
import { createFlights, type Flights } from "../../../../src/edge/flight/flights.ts";

interface Flight {
  readonly endsAt: number;
  readonly isOverdue: (now: number) => boolean;
  readonly abandon: () => void;
}

function flightUntil(endsAt: number): Flight {
  return { endsAt, isOverdue: (now) => now >= endsAt, abandon: vi.fn() };
}

const always = (): boolean => true;

function setUp(): { readonly flights: Flights<Flight>; now: number } {
  const clock = { now: 0 };
  return Object.assign(clock, { flights: createFlights<Flight>(() => clock.now) });
}

describe("createFlights()", () => {
  it("starts one flight per name and lets the others join it", () => {
    const { flights } = setUp();
    const start = vi.fn(() => flightUntil(10));
    const leader = flights.join("a", always, start);
    expect(leader.isLeader).toBe(true);
    for (let index = 0; index < 5; index++) {
      expect(flights.join("a", always, start)).toEqual({ flight: leader.flight, isLeader: false });
    }
    expect(start).toHaveBeenCalledTimes(1);
    expect(flights.join("b", always, start)).toMatchObject({ isLeader: true });
    expect([...flights.all()]).toHaveLength(2);
  });

  it("starts another one where a request may not join, which takes the first one's place", () => {
    const { flights } = setUp();
    const first = flights.join("a", always, () => flightUntil(10)).flight;
    const second = flights.join(
      "a",
      (flight) => flight !== first,
      () => flightUntil(10),
    );
    expect(second.isLeader).toBe(true);
    expect(flights.find("a")).toBe(second.flight);
    // A purge still reaches the first one.
    expect([...flights.all()]).toEqual([first, second.flight]);
    flights.end(first);
    expect(flights.find("a")).toBe(second.flight);
  });

  it("forgets a flight that has ended, and only that one", () => {
    const { flights } = setUp();
    const first = flights.join("a", always, () => flightUntil(10)).flight;
    flights.end(first);
    expect(flights.find("a")).toBeUndefined();
    const second = flights.join("a", always, () => flightUntil(10));
    expect(second.isLeader).toBe(true);
    // A late end of the first one must not take the second one away.
    flights.end(first);
    expect(flights.find("a")).toBe(second.flight);
  });

  it("buries what cannot be alive any more, also what nobody can join", () => {
    const stage = setUp();
    const { flights } = stage;
    const replaced = flights.join("a", always, () => flightUntil(10)).flight;
    const current = flights.join(
      "a",
      () => false,
      () => flightUntil(20),
    ).flight;
    stage.now = 10;
    flights.join("b", always, () => flightUntil(100));
    expect(replaced.abandon).toHaveBeenCalledTimes(1);
    expect(current.abandon).not.toHaveBeenCalled();
    stage.now = 20;
    expect(flights.join("a", always, () => flightUntil(100)).isLeader).toBe(true);
    expect(current.abandon).toHaveBeenCalledTimes(1);
    expect([...flights.all()]).toHaveLength(2);
  });

  it("remembers nothing of a start that throws", () => {
    const { flights } = setUp();
    expect(() =>
      flights.join("a", always, () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(flights.find("a")).toBeUndefined();
    expect(flights.join("a", always, () => flightUntil(10)).isLeader).toBe(true);
  });

  it("can be walked through while flights end", () => {
    const { flights } = setUp();
    for (const name of ["a", "b", "c"]) flights.join(name, always, () => flightUntil(10));
    for (const flight of flights.all()) flights.end(flight);
    expect([...flights.all()]).toEqual([]);
  });
});
