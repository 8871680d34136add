import { describe, expect, it } from "vitest";
import { createMemoryLedger } from "../../../../src/edge/backend/memory-ledger.ts";

describe("createMemoryLedger()", () => {
  it("counts what is held, and takes each hold off once", () => {
    const ledger = createMemoryLedger();
    expect(ledger.heldBytes()).toBe(0);
    const first = ledger.hold(100);
    const second = ledger.hold(20);
    expect(ledger.heldBytes()).toBe(120);
    first();
    first();
    expect(ledger.heldBytes()).toBe(20);
    const same = ledger.hold(20);
    second();
    second();
    expect(ledger.heldBytes()).toBe(20);
    same();
    expect(ledger.heldBytes()).toBe(0);
  });

  it("holds within a bound, and counts nothing beyond it", () => {
    const ledger = createMemoryLedger();
    const first = ledger.holdWithin(100, 60);
    expect(first).toBeDefined();
    expect(ledger.holdWithin(100, 41)).toBeUndefined();
    expect(ledger.heldBytes()).toBe(60);
    expect(ledger.holdWithin(100, 40)).toBeDefined();
    first?.();
    expect(ledger.heldBytes()).toBe(40);
  });

  it("counts for itself only", () => {
    const ledger = createMemoryLedger();
    createMemoryLedger().hold(5);
    expect(ledger.heldBytes()).toBe(0);
  });
});
