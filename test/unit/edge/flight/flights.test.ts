import { describe, expect, it, vi } from "vitest";
import { createFlights } from "../../../../src/edge/flight/flights.ts";

describe("createFlights()", () => {
  it("starts one flight per name and lets the others join it", () => {
    const flights = createFlights<object>();
    const start = vi.fn(() => ({}));
    const leader = flights.join("a", start);
    expect(leader.isLeader).toBe(true);
    for (let index = 0; index < 5; index++) {
      expect(flights.join("a", start)).toEqual({ flight: leader.flight, isLeader: false });
    }
    expect(start).toHaveBeenCalledTimes(1);
    expect(flights.join("b", start)).toMatchObject({ isLeader: true });
    expect([...flights.all()]).toHaveLength(2);
  });

  it("forgets a flight that has ended, and only that one", () => {
    const flights = createFlights<object>();
    const first = flights.join("a", () => ({})).flight;
    flights.end("a", first);
    expect(flights.find("a")).toBeUndefined();
    const second = flights.join("a", () => ({}));
    expect(second.isLeader).toBe(true);
    // A late end of the first one must not take the second one away.
    flights.end("a", first);
    expect(flights.find("a")).toBe(second.flight);
  });

  it("remembers nothing of a start that throws", () => {
    const flights = createFlights<object>();
    expect(() =>
      flights.join("a", () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(flights.find("a")).toBeUndefined();
    expect(flights.join("a", () => ({})).isLeader).toBe(true);
  });

  it("can be walked through while flights end", () => {
    const flights = createFlights<{ readonly name: string }>();
    for (const name of ["a", "b", "c"]) flights.join(name, () => ({ name }));
    for (const flight of flights.all()) flights.end(flight.name, flight);
    expect([...flights.all()]).toEqual([]);
  });
});
