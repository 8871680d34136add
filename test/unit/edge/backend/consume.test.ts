import { describe, expect, it } from "vitest";
import { consume, type EncoderPorts } from "../../../../src/edge/backend/consume.ts";
import { createMessage } from "../../../../src/edge/backend/encode-message.ts";
import { createMemoryLedger } from "../../../../src/edge/backend/memory-ledger.ts";
import type { SourceRecord } from "../../../../src/edge/plan/known-source.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";

const webp: PlannedVariant = {
  id: "webp",
  target: "webp",
  recipe: { kind: "stream", format: "webp", quality: 80 },
  cost: { ms: 1, peakBytes: 1 },
};
const message = createMessage({
  key: { site: "https://images.test", sourcePath: "/a.jpg", directives: "", fingerprint: "4-a" },
  etag: '"a"',
  generation: "a",
  variants: [webp],
  metadata: "copyright",
  results: {},
  verdict: null,
});

describe("consume()", () => {
  it("gives back memory and lease where work on the source cannot be begun", async () => {
    const ledger = createMemoryLedger();
    const leases: string[] = [];
    const record = { generation: "a", file: { etag: '"a"', facts: {} }, variants: {} } as unknown as SourceRecord;
    const ports: EncoderPorts = {
      shared: {
        read: () => Promise.resolve({ record, generation: "a", wasPurged: false, version: "1", writtenAt: 0 }),
        write: () => Promise.resolve("written"),
        readBytes: () => Promise.resolve(new Uint8Array(1000)),
        hasBytes: () => Promise.resolve(false),
        writeBytes: () => Promise.resolve(true),
        isCurrent: () => Promise.resolve(true),
        purge: () => Promise.resolve(true),
      },
      leases: {
        take: (name) => Promise.resolve(void leases.push(name)),
        release: (name) => Promise.resolve(void leases.splice(leases.indexOf(name), 1)),
      },
      backend: {
        open: () => {
          throw new Error("broken");
        },
      },
      ledger,
      memoryBudgetBytes: 1e6,
      now: () => 0,
      pause: () => Promise.resolve(),
    };
    await expect(consume(message, false, ports)).rejects.toThrow("broken");
    expect([ledger.heldBytes(), leases]).toEqual([0, []]);
  });
});
