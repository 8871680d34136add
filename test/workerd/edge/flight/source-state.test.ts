import { describe, expect, test } from "vitest";
import { createMemoryLedger } from "../../../../src/edge/backend/memory-ledger.ts";
import { SourceState } from "../../../../src/edge/flight/source-state.ts";
import type { ImageRequest } from "../../../../src/edge/negotiate/image-request.ts";
import type { KnownSource } from "../../../../src/edge/plan/known-source.ts";
import type { StoredSource } from "../../../../src/edge/store/variant-store.ts";

const known = {
  file: { bytes: 1, etag: '"a"', facts: { format: "png" } },
  reply: { headers: [], freshness: { remainingSeconds: 60, ageSeconds: 0 }, confirmedAt: 0 },
  verdict: null,
  variants: {},
} as unknown as KnownSource;

/** What another isolate has written. */
const stored: StoredSource = {
  record: {
    generation: "g",
    file: known.file,
    verdict: null,
    variants: { avif: { state: "refused" } },
    replies: { "*": known.reply },
    answers: [],
  },
  generation: "g",
  wasPurged: false,
};

type Arguments = ConstructorParameters<typeof SourceState>;

function setUp(store: Partial<Arguments[2]["store"]>, answers: Partial<Arguments[2]["answers"]> = {}): SourceState {
  const encoderPool = { ledger: createMemoryLedger() };
  const outside = { config: { STALE_SECONDS: 0 }, now: () => 1, store, answers, encoderPool };
  const leader = { key: {} } as ImageRequest;
  const source = { kind: "loaded", known, audience: "*", stored, bytes: undefined, from: "origin", why: "uri-miss" };
  return new SourceState(leader, source as Arguments[1], outside as unknown as Arguments[2]);
}

describe("SourceState", () => {
  test.each(Array.from({ length: 8 }, (_, turns) => [turns]))(
    "loses nothing that it learns %i turns after the record was read again",
    async (turns) => {
      const { promise: reading, resolve } = Promise.withResolvers<StoredSource>();
      const state = setUp({ readRecord: () => reading, writeRecord: async () => true });
      const saving = state.save();
      let turn: Promise<unknown> = reading;
      for (let count = 0; count < turns; count++) turn = turn.then(() => undefined);
      const learning = turn.then(() => state.note("webp", { state: "refused" }));
      resolve(stored);
      await Promise.all([saving, learning]);
      expect(state.known.variants).toEqual({ avif: { state: "refused" }, webp: { state: "refused" } });
    },
  );

  test("names the class of an answer in each record that is written while the answer is", async () => {
    const put = Promise.withResolvers<boolean>();
    const written: (readonly string[])[] = [];
    const state = setUp(
      // Read before the record that names it is there.
      { readRecord: async () => stored, writeRecord: async (_, { answers }) => written.push(answers) > 0 },
      { put: () => put.promise },
    );
    const image = { client: { token: "avif" } } as ImageRequest;
    const answer = { image, headers: new Headers(), bytes: new Uint8Array(1), isInterim: true, freshEnd: 60_000 };
    const storing = state.saveAnswer(answer);
    while (written.length === 0) await Promise.resolve();
    state.note("webp", { state: "refused" });
    await state.save();
    put.resolve(true);
    expect([await storing, written]).toEqual([true, [["avif"], ["avif"]]]);
  });

  test("writes again what could not be written", async () => {
    const written: unknown[] = [];
    const state = setUp({ readRecord: async () => stored, writeRecord: async () => written.push(0) > 1 });
    state.note("webp", { state: "refused" });
    await state.save();
    await state.save();
    await state.save();
    expect(written).toHaveLength(2);
  });
});
