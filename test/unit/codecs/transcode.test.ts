import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import type { EncodeSettings, PixelEngine, Pixels } from "../../../src/codecs/codec.ts";
import { CodecError } from "../../../src/codecs/codec-error.ts";
import { createMemoryLedger } from "../../../src/codecs/memory-ledger.ts";
import {
  type Deadline,
  endJob,
  makeVariant,
  predictMs,
  type TranscodeJob,
  type Workshop,
} from "../../../src/codecs/transcode.ts";
import { createWorkQueue } from "../../../src/codecs/work-queue.ts";
import { maxHeldPixelBytes } from "../../../src/limits.ts";
import type { PlannedVariant } from "../../../src/plan/variant.ts";
import { jpeg } from "../samples.ts";

const width = 20;
const height = 10;

/** Encoded by libvips, so that the guard behind the encoder sees real files. */
async function picture(
  format: "webp" | "avif" | "png",
  columns = width,
  rows = height,
): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp({ create: { width: columns, height: rows, channels: 3, background: "#369" } });
  return Uint8Array.from(await image.toFormat(format).toBuffer());
}

const webpFile = await picture("webp");
const avifFile = await picture("avif");

function pixels(columns = width, rows = height): Pixels {
  return { data: new Uint8ClampedArray(4 * columns * rows), width: columns, height: rows };
}

const settings: EncodeSettings = { format: "webp", lossless: false, quality: 80, effort: 4, fullChroma: false };
const webp: PlannedVariant = { id: "webp", engine: "pixels", settings, cost: { ms: 30, peakBytes: 50_000_000 } };
const avif: PlannedVariant = {
  id: "avif",
  engine: "pixels",
  settings: { ...settings, format: "avif" },
  cost: { ms: 300, peakBytes: 60_000_000 },
};
const soon: Deadline = { priority: "inline", endBy: Number.POSITIVE_INFINITY };

interface Stage {
  readonly workshop: Workshop;
  readonly job: TranscodeJob;
  readonly engine: { [Name in keyof PixelEngine]: ReturnType<typeof vi.fn<PixelEngine[Name]>> };
}

function setUp(changes: Partial<TranscodeJob> = {}): Stage {
  const engine = {
    decode: vi.fn<PixelEngine["decode"]>(async () => pixels()),
    encode: vi.fn<PixelEngine["encode"]>(async (_, { format }) => (format === "webp" ? webpFile : avifFile)),
    liveBytes: vi.fn<PixelEngine["liveBytes"]>(() => 0),
    dropIdle: vi.fn<PixelEngine["dropIdle"]>(),
  };
  const workshop: Workshop = { engine, queue: createWorkQueue(() => Date.now(), 1000), ledger: createMemoryLedger() };
  const job: TranscodeJob = {
    format: "jpeg",
    facts: { ...jpeg, width, height },
    bytes: new Uint8Array(1000),
    decodeCost: { ms: 10, peakBytes: 40_000_000 },
    memoryBudgetBytes: 96_000_000,
    held: undefined,
    ...changes,
  };
  return { workshop, job, engine };
}

describe("makeVariant()", () => {
  it("decodes once for all variants, and lets the pixels go at the end", async () => {
    const { workshop, job, engine } = setUp();
    expect(await makeVariant(workshop, job, webp, soon)).toEqual({ kind: "made", bytes: webpFile });
    expect(workshop.ledger.heldBytes()).toBe(4 * width * height);
    expect(await makeVariant(workshop, job, avif, soon)).toEqual({ kind: "made", bytes: avifFile });
    expect(engine.decode).toHaveBeenCalledTimes(1);
    expect(engine.decode).toHaveBeenCalledWith("jpeg", job.bytes);
    endJob(job);
    endJob(job);
    expect(workshop.ledger.heldBytes()).toBe(0);
    expect(job.held).toBeUndefined();
  });

  it("hands the settings of the plan to the encoder", async () => {
    const { workshop, job, engine } = setUp();
    await makeVariant(workshop, job, avif, soon);
    expect(engine.encode).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ width, height }), avif.settings);
  });

  it("does not hold pixels beyond the bound, and decodes again instead", async () => {
    const { workshop, job, engine } = setUp();
    const release = workshop.ledger.hold(maxHeldPixelBytes + job.bytes.length);
    const roomy = { ...job, memoryBudgetBytes: 200_000_000 };
    await makeVariant(workshop, roomy, webp, soon);
    expect(roomy.held).toBeUndefined();
    await makeVariant(workshop, roomy, webp, soon);
    expect(engine.decode).toHaveBeenCalledTimes(2);
    release();
    expect(workshop.ledger.heldBytes()).toBe(0);
  });

  it("drops what has no turn in time, without touching the engine", async () => {
    const { workshop, job, engine } = setUp();
    const late: Deadline = { priority: "inline", endBy: Date.now() - 1 };
    expect(await makeVariant(workshop, job, webp, late)).toEqual({ kind: "dropped" });
    expect(engine.decode).not.toHaveBeenCalled();
  });

  it("drops what does not fit beside what others hold", async () => {
    const { workshop, job, engine } = setUp();
    workshop.ledger.hold(50_000_000);
    expect(await makeVariant(workshop, job, webp, soon)).toEqual({ kind: "dropped" });
    expect(engine.dropIdle).toHaveBeenCalledTimes(1);
    expect(engine.decode).not.toHaveBeenCalled();
    // The turn was given back.
    expect(workshop.queue.predictedWaitMs("background")).toBe(0);
  });

  it("counts what the job itself holds once", async () => {
    const { workshop, job } = setUp({ memoryBudgetBytes: 50_000_000 });
    workshop.ledger.hold(job.bytes.length);
    expect(await makeVariant(workshop, job, webp, soon)).toMatchObject({ kind: "made" });
    expect(await makeVariant(workshop, job, webp, soon)).toMatchObject({ kind: "made" });
    workshop.ledger.hold(1);
    expect(await makeVariant(workshop, job, webp, soon)).toEqual({ kind: "dropped" });
  });

  it("lets idle codecs go when only they stand in the way", async () => {
    const { workshop, job, engine } = setUp();
    engine.liveBytes.mockReturnValue(46_000_000);
    await makeVariant(workshop, job, webp, soon);
    expect(engine.dropIdle).not.toHaveBeenCalled();
    engine.liveBytes.mockReturnValue(46_000_001);
    expect(await makeVariant(workshop, job, webp, soon)).toMatchObject({ kind: "made" });
    expect(engine.dropIdle).toHaveBeenCalledTimes(1);
  });

  it.each([
    [width + 1, height],
    [width, height - 1],
    [height, width],
  ])("takes a source for undecodable whose pixels are %i × %i, and keeps none of them", async (columns, rows) => {
    const { workshop, job, engine } = setUp();
    engine.decode.mockResolvedValue(pixels(columns, rows));
    expect(await makeVariant(workshop, job, webp, soon)).toEqual({ kind: "undecodable" });
    expect(engine.encode).not.toHaveBeenCalled();
    expect(workshop.ledger.heldBytes()).toBe(0);
  });

  it("takes a source for undecodable that the decoder refuses", async () => {
    const { workshop, job, engine } = setUp();
    engine.decode.mockRejectedValue(new CodecError("jpeg", "decode", "cut"));
    expect(await makeVariant(workshop, job, webp, soon)).toEqual({ kind: "undecodable" });
  });

  it.each([
    ["a decoder that does not start", "decode", new CodecError("jpeg", "start", "no memory")],
    ["an encoder that does not start", "encode", new CodecError("webp", "start", "no memory")],
    ["an encoder that gives up", "encode", new CodecError("webp", "encode", "trap")],
    ["an error that nobody expected", "encode", new RangeError("bug")],
  ] as const)("says that it failed, not that the picture is bad, for %s", async (_, stage, cause) => {
    const { workshop, job, engine } = setUp();
    engine[stage].mockRejectedValueOnce(cause);
    expect(await makeVariant(workshop, job, webp, soon)).toEqual({ kind: "failed", cause });
    // The turn was given back, and the next attempt succeeds.
    expect(await makeVariant(workshop, job, webp, soon)).toMatchObject({ kind: "made" });
  });

  it.each([
    ["another format", picture("png")],
    ["another size", picture("webp", width, height + 1)],
    ["no picture", Promise.resolve(new Uint8Array(40))],
    ["nothing", Promise.resolve(new Uint8Array(0))],
  ])("does not believe an encoder that gives %s", async (_, output) => {
    const { workshop, job, engine } = setUp();
    engine.encode.mockResolvedValue(await output);
    expect(await makeVariant(workshop, job, webp, soon)).toMatchObject({ kind: "failed" });
  });

  it("works on one variant at a time", async () => {
    const { workshop, engine } = setUp();
    let running = 0;
    engine.encode.mockImplementation(async (_, { format }) => {
      running++;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return format === "webp" ? webpFile : avifFile;
    });
    const jobs = [setUp().job, setUp().job, setUp().job];
    const made = await Promise.all(
      jobs.map((job, index) => makeVariant(workshop, job, index === 1 ? avif : webp, soon)),
    );
    expect(made.map(({ kind }) => kind)).toEqual(["made", "made", "made"]);
  });
});

describe("predictMs()", () => {
  it("counts the decode only while the pixels are not there", () => {
    const { job } = setUp();
    expect(predictMs(job, webp)).toBe(40);
    job.held = { pixels: pixels(), release: () => undefined };
    expect(predictMs(job, webp)).toBe(30);
  });
});
