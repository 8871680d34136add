import { describe, expect, it } from "vitest";
import { createMemoryLedger, openRoom } from "../../../../src/edge/backend/memory-ledger.ts";
import { ArrivingBytes } from "../../../../src/edge/origin/arriving-bytes.ts";
import { type OpenedBody, openBody, readWhole, resumeBody } from "../../../../src/edge/origin/read-body.ts";

const encoder = new TextEncoder();

interface Scripted {
  readonly body: ReadableStream<Uint8Array>;
  /** Chunks that have been asked for. */
  pulled: number;
  isCancelled: boolean;
}

/** A body of these chunks, given one at a time; then it ends, breaks, or never says any more. */
function script(chunks: readonly string[], end: "close" | "break" | "hang" = "close"): Scripted {
  const left = [...chunks];
  const scripted: Scripted = {
    pulled: 0,
    isCancelled: false,
    body: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const chunk = left.shift();
          if (chunk !== undefined) {
            scripted.pulled++;
            controller.enqueue(encoder.encode(chunk));
          } else if (end === "close") controller.close();
          else if (end === "break") controller.error(new Error("connection reset"));
          else await new Promise(() => undefined);
        },
        cancel() {
          scripted.isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    ),
  };
  return scripted;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const times = { stallMs: 1000, totalMs: 10_000 };

/** As much room as is wanted. */
const read = (opened: OpenedBody, limit: number, stallMs: number, totalMs = 10_000) =>
  readWhole(opened, new ArrivingBytes({ take: () => true }), limit, { stallMs, totalMs });

describe("openBody()", () => {
  it("reads as many chunks as are needed, and no more", async () => {
    const scripted = script(["ab", "cd", "ef"]);
    const opened = await openBody(scripted.body, 3);
    expect(textOf(opened.prefix)).toBe("abcd");
    expect(opened.ended).toBe(false);
    expect(scripted.pulled).toBe(2);
  });

  it.each([
    ["shorter", ["ab"], 3, "ab", true],
    ["empty", [], 3, "", true],
    // Whether a body ends after its last chunk is not known before the next read.
    ["just as long", ["abc"], 3, "abc", false],
  ] as const)("knows the end of a body that is %s", async (_, chunks, wanted, prefix, ended) => {
    const opened = await openBody(script(chunks).body, wanted);
    expect([textOf(opened.prefix), opened.ended]).toEqual([prefix, ended]);
  });

  it("rejects when the transfer breaks", async () => {
    await expect(openBody(script(["a"], "break").body, 3)).rejects.toThrow("connection reset");
  });
});

describe("readWhole()", () => {
  it.each([[["abc", "def"]], [["a", "b", "c", "d", "e", "f"]], [["abcdef"]]])("joins %j", async (chunks) => {
    const result = await read(await openBody(script(chunks).body, 2), 6, 1000);
    expect(result.kind === "whole" && textOf(result.bytes)).toBe("abcdef");
  });

  it("gives a body of the limit whole, and one of a byte more back for passing on, with nothing lost", async () => {
    for (const chunks of [
      ["abcd", "efg", "hij"],
      ["abcdefg", "hij"],
    ]) {
      const result = await read(await openBody(script(chunks).body, 2), 6, 1000);
      if (result.kind !== "too-large") throw new Error("taken whole");
      const { stream, done } = resumeBody(result.opened, undefined);
      expect(await new Response(stream).text()).toBe("abcdefghij");
      await done;
    }
    const whole = await read(await openBody(script(["abc", "def"]).body, 2), 6, 1000);
    expect(whole.kind).toBe("whole");
  });

  it("counts what has arrived, however long nobody said it would be, and gives it back", async () => {
    const ledger = createMemoryLedger();
    const chunk = "x".repeat(200_000);
    const room = openRoom(ledger, 16 * 1024 * 1024);
    const arriving = new ArrivingBytes(room);
    const result = await readWhole(await openBody(script([chunk, chunk, chunk, "y"]).body, 2), arriving, 1e9, times);
    expect(result.kind === "whole" && result.bytes.length).toBe(600_001);
    expect(ledger.heldBytes()).toBeGreaterThanOrEqual(600_001);
    // The room that nearly every picture fits into.
    expect(ledger.heldBytes()).toBeLessThanOrEqual(4 * 1024 * 1024);
    room.close();
    expect(ledger.heldBytes()).toBe(0);
  });

  it("hands on, with every byte, what there is no room for", async () => {
    const ledger = createMemoryLedger();
    const chunks = ["a".repeat(300_000), "b".repeat(300_000), "c".repeat(300_000)];
    const room = openRoom(ledger, 600_000);
    const arriving = new ArrivingBytes(room);
    const scripted = script(chunks);
    const result = await readWhole(await openBody(scripted.body, 2), arriving, 1e9, times);
    if (result.kind !== "no-room") throw new Error(result.kind);
    expect(scripted.pulled).toBe(2);
    const { stream, done } = resumeBody(result.opened, undefined, () => room.close());
    expect(ledger.heldBytes()).toBeGreaterThanOrEqual(300_000);
    expect(await new Response(stream).text()).toBe(chunks.join(""));
    await done;
    expect(ledger.heldBytes()).toBe(0);
  });

  it("takes no more room than the length that was stated", async () => {
    const asked: number[] = [];
    const arriving = new ArrivingBytes({ take: (bytes) => asked.push(bytes) > 0 });
    expect(arriving.reserve(6)).toBe(true);
    await readWhole(await openBody(script(["abc", "def"]).body, 2), arriving, 100, times);
    expect(asked).toEqual([6]);
  });

  it("gives back the memory of chunks that it has taken in, and of no buffer that holds something else, too", async () => {
    const own = encoder.encode("cd");
    const shared = encoder.encode("efgh");
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of [encoder.encode("ab"), own, shared.subarray(0, 2), new Uint8Array(0)])
          controller.enqueue(chunk);
        controller.close();
      },
    });
    const result = await read(await openBody(body, 2), 100, 1000);
    expect(result.kind === "whole" && textOf(result.bytes)).toBe("abcdef");
    expect([own.byteLength, shared.byteLength]).toEqual([0, 4]);
  });

  it("does not read on beyond the limit", async () => {
    const scripted = script(Array.from({ length: 100 }, () => "0123456789"));
    await read(await openBody(scripted.body, 2), 25, 1000);
    expect(scripted.pulled).toBe(3);
  });

  it("rejects when the transfer breaks, and when it does not end in time", async () => {
    await expect(read(await openBody(script(["abc"], "break").body, 2), 100, 1000)).rejects.toThrow("connection reset");
    // Far from the time for all of it.
    await expect(read(await openBody(script(["abc"], "hang").body, 2), 100, 30, 1e9)).rejects.toThrow();
  });

  it("hands on a body that still comes when the time is up, with every chunk", async () => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const chunk of "abcdefghijklmnopqrst") {
          controller.enqueue(encoder.encode(chunk));
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
        controller.close();
      },
    });
    const result = await read(await openBody(body, 2), 100, 10_000, 400);
    if (result.kind !== "too-slow") throw new Error(result.kind);
    const { stream, done } = resumeBody(result.opened, undefined);
    expect(await new Response(stream).text()).toBe("abcdefghijklmnopqrst");
    await done;
  });
});

describe("resumeBody()", () => {
  it.each([undefined, 6])("puts the prefix back in front, with a length of %s", async (length) => {
    for (const chunks of [["ab", "cd", "ef"], ["abcdef"], ["abcd", "ef"]]) {
      const { stream, done } = resumeBody(await openBody(script(chunks).body, 3), length);
      expect(await new Response(stream).text()).toBe("abcdef");
      await done;
    }
  });

  it("gives an empty body as an empty body", async () => {
    const { stream, done } = resumeBody(await openBody(script([]).body, 3), 0);
    expect(await new Response(stream).text()).toBe("");
    await done;
  });

  it("lets the client see that a transfer broke, and rejects nothing itself", async () => {
    const { stream, done } = resumeBody(await openBody(script(["abc", "d"], "break").body, 3), undefined);
    await expect(new Response(stream).text()).rejects.toThrow();
    await expect(done).resolves.toBeUndefined();
  });

  it("does not send more or less than the length that was stated", async () => {
    for (const length of [3, 9]) {
      const { stream, done } = resumeBody(await openBody(script(["ab", "cd", "ef"]).body, 1), length);
      await expect(new Response(stream).text()).rejects.toThrow();
      await done;
    }
  });

  it("gives the origin up when the client goes away", async () => {
    const scripted = script(Array.from({ length: 100 }, () => "0123456789"));
    const { stream, done } = resumeBody(await openBody(scripted.body, 1), undefined);
    await stream.cancel("gone");
    await done;
    expect(scripted.isCancelled).toBe(true);
    expect(scripted.pulled).toBeLessThan(10);
  });
});
