import { describe, expect, it } from "vitest";
import { createMemoryLedger } from "../../../../src/edge/backend/memory-ledger.ts";
import { HeldFiles } from "../../../../src/edge/flight/held-files.ts";

describe("HeldFiles", () => {
  it("counts each file while it is held, and a replaced one no longer", () => {
    const ledger = createMemoryLedger();
    const files = new HeldFiles(ledger);
    files.set("webp", new Uint8Array(100));
    files.set("avif", new Uint8Array(20));
    expect(ledger.heldBytes()).toBe(120);
    files.set("webp", new Uint8Array(50));
    expect(ledger.heldBytes()).toBe(70);
    files.delete("avif");
    files.delete("avif");
    expect(ledger.heldBytes()).toBe(50);
    expect([...files.files.keys()]).toEqual(["webp"]);
  });

  it("gives the count back once, and keeps the files for answers under way", () => {
    const ledger = createMemoryLedger();
    const files = new HeldFiles(ledger);
    files.set("webp", new Uint8Array(100));
    files.release();
    files.release();
    expect(ledger.heldBytes()).toBe(0);
    expect(files.get("webp")?.length).toBe(100);
  });

  it("counts nothing that comes after that: its flight has ended", () => {
    const ledger = createMemoryLedger();
    const files = new HeldFiles(ledger);
    files.release();
    files.set("webp", new Uint8Array(100));
    expect([ledger.heldBytes(), files.get("webp")?.length]).toEqual([0, 100]);
  });
});
