import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { Deadline, EncodeJob, EncodeSource } from "../../../../src/edge/backend/backend.ts";
import { localBackend } from "../../../../src/edge/backend/local.ts";
import { createMemoryLedger, type MemoryLedger } from "../../../../src/edge/backend/memory-ledger.ts";
import { createWorkQueue, type WorkQueue } from "../../../../src/edge/backend/work-queue.ts";
import { maxHeldPixelBytes } from "../../../../src/edge/limits.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";
import { predictDecode } from "../../../../src/imaging/cost/predict.ts";
import { openWith } from "../../../../src/imaging/open-image.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import {
  avifFile,
  encodedPicture,
  flatPicture,
  height,
  scriptCodecs,
  type ScriptedCodecs,
  webpFile,
  width,
} from "../../../support/scripted-codecs.ts";
import { jpeg } from "../../samples.ts";

const settings = {
  format: "webp",
  lossless: false,
  coder: "libwebp",
  quality: 80,
  method: 4,
  sharpYuv: false,
} as const;
const webp: PlannedVariant = {
  id: "webp",
  target: "webp",
  recipe: { kind: "encode", settings },
  cost: { ms: 30, peakBytes: 50_000_000 },
};
const avif: PlannedVariant = {
  id: "avif",
  target: "avif",
  recipe: {
    kind: "encode",
    settings: { format: "avif", quality: 80, speed: 8, chroma: "4:2:0", bitDepth: 8 },
  },
  cost: { ms: 300, peakBytes: 60_000_000 },
};
/** Scored, and encoded again where the score is missed. */
const scoredWebp: PlannedVariant = {
  ...webp,
  recipe: { kind: "encode", settings: { ...settings, target: { score: 50, isMinimum: false } } },
};
const soon: Deadline = { priority: "inline", endBy: Number.POSITIVE_INFINITY };

interface Stage {
  readonly codecs: ScriptedCodecs;
  readonly queue: WorkQueue;
  readonly ledger: MemoryLedger;
  readonly source: EncodeSource;
  open(changes?: Partial<EncodeSource>, queue?: WorkQueue): EncodeJob;
}

function setUp(): Stage {
  const codecs = scriptCodecs();
  const ownQueue = createWorkQueue(() => Date.now(), 1000);
  const ledger = createMemoryLedger();
  const source: EncodeSource = {
    facts: { ...jpeg, width, height },
    bytes: new Uint8Array(1000),
    memoryBudgetBytes: 96_000_000,
    metadata: "none",
  };
  return {
    codecs,
    queue: ownQueue,
    ledger,
    source,
    open: (changes = {}, queue = ownQueue) =>
      localBackend(openWith(codecs), queue, ledger).open({ ...source, ...changes }),
  };
}

describe("localBackend()", () => {
  it("lets work for a waiting client come before another encode", async () => {
    const { queue, codecs, open } = setUp();
    const order: string[] = [];
    codecs.encode.mockImplementation(async (_, how) => {
      const { format } = how;
      order.push(`${format} ${"quality" in how && how.quality === 80 ? "first" : "again"}`);
      return format === "webp" ? webpFile : avifFile;
    });
    codecs.decodeVariant.mockResolvedValue(flatPicture(64, 64, 255).pixels);
    const shown = flatPicture(64, 64);
    codecs.decode.mockResolvedValueOnce({
      ...shown,
      pixels: { ...shown.pixels, data: shown.pixels.data.map((_, at) => at * 7) },
    });
    const squareWebp = await encodedPicture("webp", 64, 64);
    codecs.encode.mockImplementationOnce(async () => {
      order.push("webp first");
      return squareWebp;
    });
    const square = open({ facts: { ...jpeg, width: 64, height: 64 } });
    const background = square.make(scoredWebp, { priority: "background", endBy: Infinity });
    const inline = open().make(avif, soon);
    await background;
    expect(await inline).toEqual({ kind: "made", bytes: avifFile });
    expect(order).toEqual(["webp first", "avif first", "webp again"]);
    expect(queue.predictedWaitMs("background")).toBe(0);
  });

  it("counts pixels that wait between two encodes, also where they are not held for the next variant", async () => {
    const { queue, ledger, open, source } = setUp();
    // Nothing more may be held for all variants.
    ledger.hold(maxHeldPixelBytes + source.bytes.byteLength);
    const before = ledger.heldBytes();
    const seen: number[] = [];
    const watched: WorkQueue = {
      ...queue,
      acquire: (...wanted) => {
        seen.push(ledger.heldBytes() - before);
        return queue.acquire(...wanted);
      },
    };
    await open({ memoryBudgetBytes: 1e9 }, watched).make(scoredWebp, soon);
    expect(seen).toEqual([0, 4 * width * height]);
    expect(ledger.heldBytes()).toBe(before);
  });

  it("keeps what it has where there is no time to encode again", async () => {
    const { codecs, open } = setUp();
    let now = Date.now();
    const queue = createWorkQueue(() => now, 60_000);
    codecs.encode.mockImplementation(async () => {
      now += 10_000;
      return webpFile;
    });
    const made = await open({}, queue).make(scoredWebp, { priority: "background", endBy: now + 5000 });
    expect(made).toEqual({ kind: "made", bytes: webpFile });
    expect(codecs.encode).toHaveBeenCalledTimes(1);
    expect(queue.predictedWaitMs("background")).toBe(0);
  });

  it("decodes once for all variants, and releases the pixels at the end", async () => {
    const { ledger, codecs, open, source } = setUp();
    const job = open();
    expect(await job.make(webp, soon)).toEqual({ kind: "made", bytes: webpFile });
    expect(ledger.heldBytes()).toBe(4 * width * height);
    expect(await job.make(avif, soon)).toEqual({ kind: "made", bytes: avifFile });
    expect(codecs.decode).toHaveBeenCalledTimes(1);
    expect(codecs.decode).toHaveBeenCalledWith(source.bytes, source.facts);
    job.close();
    job.close();
    expect(ledger.heldBytes()).toBe(0);
  });

  it("does not hold pixels beyond the bound, and decodes again instead", async () => {
    const { ledger, codecs, open, source } = setUp();
    const release = ledger.hold(maxHeldPixelBytes + source.bytes.length);
    const roomy = open({ memoryBudgetBytes: 200_000_000 });
    await roomy.make(webp, soon);
    await roomy.make(webp, soon);
    expect(codecs.decode).toHaveBeenCalledTimes(2);
    release();
    expect(ledger.heldBytes()).toBe(0);
  });

  it("drops what has no permit in time, without touching a codec", async () => {
    const { codecs, open } = setUp();
    expect(await open().make(webp, { priority: "inline", endBy: Date.now() - 1 })).toEqual({ kind: "dropped" });
    expect(codecs.decode).not.toHaveBeenCalled();
  });

  it("drops what does not fit beside what others hold", async () => {
    const { queue, ledger, codecs, open } = setUp();
    ledger.hold(50_000_000);
    expect(await open().make(webp, soon)).toEqual({ kind: "dropped" });
    expect(codecs.dropIdle).toHaveBeenCalledTimes(1);
    expect(codecs.decode).not.toHaveBeenCalled();
    // The permit was given back.
    expect(queue.predictedWaitMs("background")).toBe(0);
  });

  it("counts what the job itself holds once", async () => {
    const { ledger, open, source } = setUp();
    const job = open({ memoryBudgetBytes: 50_000_000 });
    ledger.hold(source.bytes.length);
    expect(await job.make(webp, soon)).toMatchObject({ kind: "made" });
    expect(await job.make(webp, soon)).toMatchObject({ kind: "made" });
    ledger.hold(1);
    expect(await job.make(webp, soon)).toEqual({ kind: "dropped" });
  });

  it("drops idle codecs when only they are in the way", async () => {
    const { codecs, open } = setUp();
    const job = open();
    codecs.liveBytes.mockReturnValue(46_000_000);
    await job.make(webp, soon);
    expect(codecs.dropIdle).not.toHaveBeenCalled();
    codecs.liveBytes.mockReturnValue(46_000_001);
    codecs.dropIdle.mockImplementationOnce(() => void codecs.liveBytes.mockReturnValue(0));
    expect(await job.make(webp, soon)).toMatchObject({ kind: "made" });
    expect(codecs.dropIdle).toHaveBeenCalledTimes(1);
  });

  it("makes nothing for which codecs that cannot be dropped leave no room", async () => {
    const { codecs, open } = setUp();
    codecs.liveBytes.mockReturnValue(46_000_001);
    expect(await open().make(webp, soon)).toEqual({ kind: "dropped" });
    expect(codecs.decode).not.toHaveBeenCalled();
  });

  it("works on one variant at a time", async () => {
    const { codecs, open } = setUp();
    let running = 0;
    codecs.encode.mockImplementation(async (_, { format }) => {
      running++;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return format === "webp" ? webpFile : avifFile;
    });
    const made = await Promise.all([open().make(webp, soon), open().make(avif, soon), open().make(webp, soon)]);
    expect(made.map(({ kind }) => kind)).toEqual(["made", "made", "made"]);
  });

  it("gives its permit back after a failure", async () => {
    const { queue, codecs, open } = setUp();
    const job = open();
    codecs.encode.mockRejectedValueOnce(new RangeError("bug"));
    expect(await job.make(webp, soon)).toMatchObject({ kind: "failed" });
    expect(queue.predictedWaitMs("background")).toBe(0);
    expect(await job.make(webp, soon)).toMatchObject({ kind: "made" });
  });

  it("counts pixels that wait for another variant beside work that does not use them", async () => {
    const file = await sharp({ create: { width, height, channels: 3, background: "#369" } })
      .jpeg()
      .toBuffer();
    const bytes = Uint8Array.from(file);
    const facts = await probeImage(bytes);
    if (facts === undefined) throw new Error("no picture");
    const rewritten: PlannedVariant = {
      id: "jxl",
      target: "jxl",
      recipe: { kind: "recompress", format: "jxl", exact: true, unbiased: false },
      cost: { ms: 5, peakBytes: 10_000_000 },
    };
    const { ledger, codecs, open } = setUp();
    const pixelBytes = 4 * width * height;
    const job = open({ bytes, facts, memoryBudgetBytes: 10_000_000 + pixelBytes - 1 });
    const cheap = { ...webp, cost: { ms: 1, peakBytes: 1000 } };
    expect(await job.make(cheap, soon)).toMatchObject({ kind: "made" });
    expect(ledger.heldBytes()).toBe(pixelBytes);
    // The source's own bytes are not counted again, nor are they held here: what is over is the pixels.
    ledger.hold(bytes.byteLength);
    expect(await job.make(rewritten, soon)).toEqual({ kind: "dropped" });
    job.close();
    expect(await job.make(rewritten, soon)).toMatchObject({ kind: "made" });
    expect(codecs.decode).toHaveBeenCalledTimes(1);
  });

  it("predicts the decode only while the pixels are not there", async () => {
    const { open, source } = setUp();
    const job = open();
    expect(job.workMs(webp)).toBe(30 + predictDecode(source.facts, source.bytes.length).ms);
    await job.make(webp, soon);
    expect(job.workMs(webp)).toBe(30);
    expect(job.waitMs()).toBe(0);
  });
});
