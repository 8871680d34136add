import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import type { Picture } from "../../../../src/imaging/model/picture.ts";
import type { PixelEngine } from "../../../../src/imaging/imaging.ts";
import { createMemoryLedger } from "../../../../src/edge/backend/memory-ledger.ts";
import {
  type Deadline,
  endJob,
  makeVariant,
  predictMs,
  type TranscodeJob,
  type EncoderPool,
} from "../../../../src/edge/backend/local.ts";
import { createWorkQueue } from "../../../../src/edge/backend/work-queue.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { maxHeldPixelBytes } from "../../../../src/edge/limits.ts";
import type { PlannedVariant } from "../../../../src/edge/plan/variant.ts";
import { animatedGif, jpeg, png } from "../../samples.ts";
import sharp from "sharp";

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

/** Opaque and of one colour. */
function decoded(columns = width, rows = height, alpha = 255): Picture {
  const data = new Uint8ClampedArray(4 * columns * rows).map((_, at) => (at % 4 === 3 ? alpha : 100));
  return { pixels: { data, width: columns, height: rows }, profile: undefined };
}

/** A photograph of 240 × 180 pixels, decoded by libvips. */
async function photograph(): Promise<Picture> {
  const image = sharp(fileURLToPath(new URL("../../../fixtures/stream.jpg", import.meta.url))).resize(240, 180, {
    fit: "fill",
  });
  const { data, info } = await image.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    pixels: { data: new Uint8ClampedArray(data), width: info.width, height: info.height },
    profile: undefined,
  };
}

const settings = { format: "webp", lossless: false, quality: 80, method: 4, sharpYuv: false } as const;
const avifSettings = { format: "avif", quality: 80, speed: 8, chroma: "4:2:0", bitDepth: 8 } as const;
const webp: PlannedVariant = {
  id: "webp",
  target: "webp",
  recipe: { kind: "encode", settings },
  cost: { ms: 30, peakBytes: 50_000_000 },
};
const avif: PlannedVariant = {
  id: "avif",
  target: "avif",
  recipe: { kind: "encode", settings: avifSettings },
  cost: { ms: 300, peakBytes: 60_000_000 },
};
/** Scored, and encoded again where the score is missed. */
const scoredWebp: PlannedVariant = {
  ...webp,
  recipe: { kind: "encode", settings: { ...settings, target: { score: 50, isMinimum: false } } },
};
const soon: Deadline = { priority: "inline", endBy: Number.POSITIVE_INFINITY };

interface Stage {
  readonly encoderPool: EncoderPool;
  readonly job: TranscodeJob;
  readonly engine: { [Name in keyof PixelEngine]: ReturnType<typeof vi.fn<PixelEngine[Name]>> };
}

function setUp(changes: Partial<TranscodeJob> = {}): Stage {
  const engine = {
    decode: vi.fn<PixelEngine["decode"]>(async () => decoded()),
    encode: vi.fn<PixelEngine["encode"]>(async (_, { format }) => (format === "webp" ? webpFile : avifFile)),
    decodeVariant: vi.fn<PixelEngine["decodeVariant"]>(async () => decoded().pixels),
    optimisePng: vi.fn<PixelEngine["optimisePng"]>(async (bytes) => bytes),
    animate: vi.fn<PixelEngine["animate"]>(async () => webpFile),
    liveBytes: vi.fn<PixelEngine["liveBytes"]>(() => 0),
    dropIdle: vi.fn<PixelEngine["dropIdle"]>(),
  };
  const encoderPool: EncoderPool = {
    engine,
    queue: createWorkQueue(() => Date.now(), 1000),
    ledger: createMemoryLedger(),
  };
  const job: TranscodeJob = {
    facts: { ...jpeg, width, height },
    bytes: new Uint8Array(1000),
    decodeCost: { ms: 10, peakBytes: 40_000_000 },
    memoryBudgetBytes: 96_000_000,
    metadata: "none",
    held: undefined,
    ...changes,
  };
  return { encoderPool, job, engine };
}

describe("makeVariant()", () => {
  it("lets those who wait for an answer have their turn before it encodes again", async () => {
    const { encoderPool, job, engine } = setUp();
    const order: string[] = [];
    engine.encode.mockImplementation(async (_, how) => {
      const { format } = how;
      order.push(`${format} ${"quality" in how && how.quality === 80 ? "first" : "again"}`);
      return format === "webp" ? webpFile : avifFile;
    });
    engine.decodeVariant.mockResolvedValue(decoded(64, 64, 255).pixels);
    const shown = decoded(64, 64);
    engine.decode.mockResolvedValueOnce({
      ...shown,
      pixels: { ...shown.pixels, data: shown.pixels.data.map((_, at) => at * 7) },
    });
    const square = { ...jpeg, width: 64, height: 64 };
    const squareWebp = await picture("webp", 64, 64);
    engine.encode.mockImplementationOnce(async () => {
      order.push("webp first");
      return squareWebp;
    });
    const own = { ...job, facts: square };
    const background = makeVariant(encoderPool, own, scoredWebp, { priority: "background", endBy: Infinity });
    const inline = makeVariant(encoderPool, job, avif, soon);
    await background;
    expect(await inline).toEqual({ kind: "made", bytes: avifFile });
    expect(order).toEqual(["webp first", "avif first", "webp again"]);
    expect(encoderPool.queue.predictedWaitMs("background")).toBe(0);
  });

  it("tells others of its pixels while they have their turn, also where these are not held for later", async () => {
    const { encoderPool, job } = setUp();
    // Nothing more may be held for all variants.
    encoderPool.ledger.hold(maxHeldPixelBytes + job.bytes.byteLength);
    const before = encoderPool.ledger.heldBytes();
    const seen: number[] = [];
    const queue: EncoderPool["queue"] = {
      ...encoderPool.queue,
      take: (...wanted) => {
        seen.push(encoderPool.ledger.heldBytes() - before);
        return encoderPool.queue.take(...wanted);
      },
    };
    await makeVariant({ ...encoderPool, queue }, { ...job, memoryBudgetBytes: 1e9 }, scoredWebp, soon);
    expect(seen).toEqual([0, 4 * width * height]);
    expect(encoderPool.ledger.heldBytes()).toBe(before);
  });

  it("keeps what it has where there is no time to encode again", async () => {
    const { encoderPool, job, engine } = setUp();
    let now = Date.now();
    const queue = createWorkQueue(() => now, 60_000);
    engine.encode.mockImplementation(async () => {
      now += 10_000;
      return webpFile;
    });
    const made = await makeVariant({ ...encoderPool, queue }, job, scoredWebp, {
      priority: "background",
      endBy: now + 5000,
    });
    expect(made).toEqual({ kind: "made", bytes: webpFile });
    expect(engine.encode).toHaveBeenCalledTimes(1);
    expect(queue.predictedWaitMs("background")).toBe(0);
  });

  it("encodes what is drawn with the settings for it, and everything else with the others", async () => {
    const { encoderPool, job, engine } = setUp();
    const forGraphics = { ...settings, quality: 95 };
    // Half of the blocks have two levels of luma.
    const drawn = decoded(64, 64);
    for (let at = 0; at < 4 * 64 * 32; at += 4) drawn.pixels.data[at] = (at / 4) % 3 === 0 ? 255 : 0;
    for (const [shown, expected] of [
      [drawn, forGraphics],
      [await photograph(), settings],
    ] as const) {
      endJob(job);
      engine.decode.mockResolvedValueOnce(shown);
      const { width: columns, height: rows } = shown.pixels;
      const own = { ...job, facts: { ...jpeg, width: columns, height: rows } };
      await makeVariant(encoderPool, own, { ...webp, recipe: { kind: "encode", settings, forGraphics } }, soon);
      expect(engine.encode).toHaveBeenLastCalledWith(shown, expected);
    }
  });

  it("decodes once for all variants, and lets the pixels go at the end", async () => {
    const { encoderPool, job, engine } = setUp();
    expect(await makeVariant(encoderPool, job, webp, soon)).toEqual({ kind: "made", bytes: webpFile });
    expect(encoderPool.ledger.heldBytes()).toBe(4 * width * height);
    expect(await makeVariant(encoderPool, job, avif, soon)).toEqual({ kind: "made", bytes: avifFile });
    expect(engine.decode).toHaveBeenCalledTimes(1);
    expect(engine.decode).toHaveBeenCalledWith(job.bytes, job.facts);
    endJob(job);
    endJob(job);
    expect(encoderPool.ledger.heldBytes()).toBe(0);
    expect(job.held).toBeUndefined();
  });

  it("lets other requests go on between the decode and the encode", async () => {
    const { encoderPool, job, engine } = setUp();
    const events: string[] = [];
    engine.decode.mockImplementation(async () => {
      events.push("decode");
      setTimeout(() => events.push("hit"), 0);
      return decoded();
    });
    engine.encode.mockImplementation(async () => {
      events.push("encode");
      return webpFile;
    });
    await makeVariant(encoderPool, job, webp, soon);
    expect(events).toEqual(["decode", "hit", "encode"]);
  });

  it("hands the settings of the plan to the encoder", async () => {
    const { encoderPool, job, engine } = setUp();
    await makeVariant(encoderPool, job, avif, soon);
    expect(engine.encode).toHaveBeenCalledExactlyOnceWith(decoded(), avifSettings);
  });

  it("does not hold pixels beyond the bound, and decodes again instead", async () => {
    const { encoderPool, job, engine } = setUp();
    const release = encoderPool.ledger.hold(maxHeldPixelBytes + job.bytes.length);
    const roomy = { ...job, memoryBudgetBytes: 200_000_000 };
    await makeVariant(encoderPool, roomy, webp, soon);
    expect(roomy.held).toBeUndefined();
    await makeVariant(encoderPool, roomy, webp, soon);
    expect(engine.decode).toHaveBeenCalledTimes(2);
    release();
    expect(encoderPool.ledger.heldBytes()).toBe(0);
  });

  it("drops what has no turn in time, without touching the engine", async () => {
    const { encoderPool, job, engine } = setUp();
    const late: Deadline = { priority: "inline", endBy: Date.now() - 1 };
    expect(await makeVariant(encoderPool, job, webp, late)).toEqual({ kind: "dropped" });
    expect(engine.decode).not.toHaveBeenCalled();
  });

  it("drops what does not fit beside what others hold", async () => {
    const { encoderPool, job, engine } = setUp();
    encoderPool.ledger.hold(50_000_000);
    expect(await makeVariant(encoderPool, job, webp, soon)).toEqual({ kind: "dropped" });
    expect(engine.dropIdle).toHaveBeenCalledTimes(1);
    expect(engine.decode).not.toHaveBeenCalled();
    // The turn was given back.
    expect(encoderPool.queue.predictedWaitMs("background")).toBe(0);
  });

  it("counts what the job itself holds once", async () => {
    const { encoderPool, job } = setUp({ memoryBudgetBytes: 50_000_000 });
    encoderPool.ledger.hold(job.bytes.length);
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "made" });
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "made" });
    encoderPool.ledger.hold(1);
    expect(await makeVariant(encoderPool, job, webp, soon)).toEqual({ kind: "dropped" });
  });

  it("lets idle codecs go when only they stand in the way", async () => {
    const { encoderPool, job, engine } = setUp();
    engine.liveBytes.mockReturnValue(46_000_000);
    await makeVariant(encoderPool, job, webp, soon);
    expect(engine.dropIdle).not.toHaveBeenCalled();
    engine.liveBytes.mockReturnValue(46_000_001);
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "made" });
    expect(engine.dropIdle).toHaveBeenCalledTimes(1);
  });

  it.each([
    [width + 1, height],
    [width, height - 1],
    [height, width],
  ])("takes a source for undecodable whose pixels are %i × %i, and keeps none of them", async (columns, rows) => {
    const { encoderPool, job, engine } = setUp();
    engine.decode.mockResolvedValue(decoded(columns, rows));
    expect(await makeVariant(encoderPool, job, webp, soon)).toEqual({ kind: "undecodable" });
    expect(engine.encode).not.toHaveBeenCalled();
    expect(encoderPool.ledger.heldBytes()).toBe(0);
  });

  it("takes a source for undecodable that the decoder refuses", async () => {
    const { encoderPool, job, engine } = setUp();
    engine.decode.mockRejectedValue(new ImagingError("damaged", "jpeg", "cut"));
    expect(await makeVariant(encoderPool, job, webp, soon)).toEqual({ kind: "undecodable" });
  });

  it.each([
    ["a decoder that does not start", "decode", new ImagingError("codec", "jpeg", "no memory")],
    ["an encoder that does not start", "encode", new ImagingError("codec", "webp", "no memory")],
    ["an encoder that gives up", "encode", new ImagingError("codec", "webp", "trap")],
    ["an error that nobody expected", "encode", new RangeError("bug")],
  ] as const)("says that it failed, not that the picture is bad, for %s", async (_, stage, cause) => {
    const { encoderPool, job, engine } = setUp();
    engine[stage].mockRejectedValueOnce(cause);
    expect(await makeVariant(encoderPool, job, webp, soon)).toEqual({ kind: "failed", cause });
    // The turn was given back, and the next attempt succeeds.
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "made" });
  });

  it.each([
    ["another format", picture("png")],
    ["another size", picture("webp", width, height + 1)],
    ["no picture", Promise.resolve(new Uint8Array(40))],
    ["nothing", Promise.resolve(new Uint8Array(0))],
  ])("does not believe an encoder that gives %s", async (_, output) => {
    const { encoderPool, job, engine } = setUp();
    engine.encode.mockResolvedValue(await output);
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "failed" });
  });

  it("works on one variant at a time", async () => {
    const { encoderPool, engine } = setUp();
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
      jobs.map((job, index) => makeVariant(encoderPool, job, index === 1 ? avif : webp, soon)),
    );
    expect(made.map(({ kind }) => kind)).toEqual(["made", "made", "made"]);
  });
});

describe("makeVariant() of pictures that lie on their side", () => {
  it.each([5, 6, 7, 8] as const)("expects the sides of orientation %i to be exchanged", async (orientation) => {
    const { encoderPool, job, engine } = setUp({ facts: { ...jpeg, width, height, orientation } });
    engine.decode.mockResolvedValue(decoded(height, width));
    engine.encode.mockResolvedValue(await picture("webp", height, width));
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "made" });
    // What was not turned is another picture.
    engine.encode.mockResolvedValue(webpFile);
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "failed" });
  });

  it("does not take pixels that were not turned", async () => {
    const { encoderPool, job } = setUp({ facts: { ...jpeg, width, height, orientation: 6 } });
    expect(await makeVariant(encoderPool, job, webp, soon)).toEqual({ kind: "undecodable" });
  });

  it("expects them as they are stored for the orientations that only mirror", async () => {
    const { encoderPool, job } = setUp({ facts: { ...jpeg, width, height, orientation: 3 } });
    expect(await makeVariant(encoderPool, job, webp, soon)).toMatchObject({ kind: "made" });
  });
});

describe("makeVariant() of pictures of one kind", () => {
  const cost = { ms: 1, peakBytes: 1 };
  const jpegSettings = { format: "jpeg", quality: 80, chroma: "4:2:0" } as const;
  const drawing: PlannedVariant = {
    id: "png",
    target: "png",
    recipe: { kind: "encode", settings: { format: "png", effort: "stream" }, only: "graphics" },
    cost,
  };
  const photo: PlannedVariant = {
    id: "jpeg",
    target: "jpeg",
    recipe: { kind: "encode", settings: jpegSettings, only: "photograph" },
    cost,
  };

  async function kindsOf(source: Picture): Promise<Record<string, string>> {
    const { width: columns, height: rows } = source.pixels;
    const { encoderPool, job, engine } = setUp({ facts: { ...png, width: columns, height: rows } });
    engine.decode.mockResolvedValue(source);
    engine.encode.mockImplementation(async (_, { format }) => {
      const file = sharp({ create: { width: columns, height: rows, channels: 3, background: "#369" } });
      return Uint8Array.from(await file.toFormat(format === "png" ? "png" : "jpeg").toBuffer());
    });
    const made = [await makeVariant(encoderPool, job, drawing, soon), await makeVariant(encoderPool, job, photo, soon)];
    return { drawing: made[0]?.kind ?? "", photograph: made[1]?.kind ?? "" };
  }

  it("makes the PNG of a drawing, and refuses its JPEG", async () => {
    expect(await kindsOf(decoded())).toEqual({ drawing: "made", photograph: "refused" });
  });

  it("makes the JPEG of a photograph, and refuses its PNG", async () => {
    expect(await kindsOf(await photograph())).toEqual({ drawing: "refused", photograph: "made" });
  });

  it("takes a photograph with transparency for a drawing: JPEG has none", async () => {
    const { pixels, profile } = await photograph();
    pixels.data[3] = 254;
    expect(await kindsOf({ pixels, profile })).toEqual({ drawing: "made", photograph: "refused" });
  });

  it("never flattens transparency into a JPEG, whatever is planned", async () => {
    const { encoderPool, job, engine } = setUp();
    engine.decode.mockResolvedValue(decoded(width, height, 254));
    const any: PlannedVariant = { ...photo, recipe: { kind: "encode", settings: jpegSettings } };
    expect(await makeVariant(encoderPool, job, any, soon)).toEqual({ kind: "refused" });
    expect(engine.encode).not.toHaveBeenCalled();
  });
});

describe("makeVariant() with the coefficients of a JPEG", () => {
  const recompress = (format: "jxl" | "jpeg"): PlannedVariant => ({
    id: format,
    target: format,
    recipe:
      format === "jxl"
        ? { kind: "recompress", format, exact: true, unbiased: false }
        : { kind: "recompress", format, exact: true },
    cost: { ms: 5, peakBytes: 10_000_000 },
  });

  async function jobOf(file: Buffer): Promise<Stage> {
    const bytes = Uint8Array.from(file);
    const facts = await probeImage(bytes);
    if (facts === undefined) throw new Error("no picture");
    return setUp({ bytes, facts });
  }

  const source = sharp(fileURLToPath(new URL("../../../fixtures/stream.jpg", import.meta.url))).resize(240, 180, {
    fit: "fill",
  });

  it.each(["jxl", "jpeg"] as const)("makes %s without a decode", async (format) => {
    const { encoderPool, job, engine } = await jobOf(await source.clone().jpeg({ quality: 80 }).toBuffer());
    const made = await makeVariant(encoderPool, job, recompress(format), soon);
    if (made.kind !== "made") throw new Error(made.kind);
    expect(await probeImage(made.bytes)).toMatchObject({ format, width: 240, height: 180 });
    expect(made.bytes.length).toBeLessThan(job.bytes.length);
    expect(engine.decode).not.toHaveBeenCalled();
    expect(predictMs(job, recompress(format))).toBe(5);
  });

  it.each(["jxl", "jpeg"] as const)("makes %s of a picture that lies on its side", async (format) => {
    const file = await source.clone().jpeg({ quality: 80 }).withMetadata({ orientation: 6 }).toBuffer();
    const { encoderPool, job } = await jobOf(file);
    expect(job.facts).toMatchObject({ width: 240, height: 180, orientation: 6 });
    expect(await makeVariant(encoderPool, job, recompress(format), soon)).toMatchObject({ kind: "made" });
  });

  it("takes a cut file for undecodable, so that nothing else is made of it either", async () => {
    const file = await source.clone().jpeg({ quality: 80 }).toBuffer();
    const facts = await probeImage(Uint8Array.from(file));
    if (facts === undefined) throw new Error("no picture");
    const { encoderPool, job } = setUp({ bytes: Uint8Array.from(file.subarray(0, file.length / 2)), facts });
    expect(await makeVariant(encoderPool, job, recompress("jxl"), soon)).toEqual({ kind: "undecodable" });
    expect(await makeVariant(encoderPool, job, recompress("jpeg"), soon)).toEqual({ kind: "undecodable" });
  });

  it("refuses what has no exact form, and leaves other formats their chance", async () => {
    const inks = await source.clone().toColourspace("cmyk").jpeg({ quality: 80 }).toBuffer();
    const { encoderPool, job } = await jobOf(inks);
    expect(await makeVariant(encoderPool, job, recompress("jxl"), soon)).toMatchObject({ kind: "refused" });
    expect(await makeVariant(encoderPool, job, recompress("jpeg"), soon)).toMatchObject({ kind: "made" });
  });

  it("counts pixels that wait for another format beside its own memory", async () => {
    const { encoderPool, job } = await jobOf(await source.clone().jpeg({ quality: 80 }).toBuffer());
    const release = encoderPool.ledger.hold(90_000_000);
    job.held = { picture: { ...decoded(), pixels: { ...decoded().pixels } }, release };
    expect(await makeVariant(encoderPool, job, recompress("jxl"), soon)).toEqual({ kind: "dropped" });
    endJob(job);
    expect(await makeVariant(encoderPool, job, recompress("jxl"), soon)).toMatchObject({ kind: "made" });
  });
});

describe("makeVariant() with the PNG packer", () => {
  const packing: PlannedVariant = {
    id: "png",
    target: "png",
    recipe: { kind: "optimise", format: "png", effort: 1 },
    cost: { ms: 5, peakBytes: 10_000_000 },
  };

  const facts = { ...png, width, height };
  const text = { IFD0: { Copyright: "Somebody", ImageDescription: "a secret place" } };

  async function source(): Promise<Uint8Array<ArrayBuffer>> {
    const image = sharp({ create: { width, height, channels: 3, background: "#369" } });
    return Uint8Array.from(await image.png({ compressionLevel: 0 }).withExif(text).toBuffer());
  }

  it("hands the source and the effort to it, and gives what comes back", async () => {
    const { encoderPool, job, engine } = setUp({ facts, bytes: await source(), metadata: "keep" });
    const smaller = await picture("png");
    engine.optimisePng.mockResolvedValue(smaller);
    expect(await makeVariant(encoderPool, job, packing, soon)).toEqual({ kind: "made", bytes: smaller });
    expect(engine.optimisePng).toHaveBeenCalledExactlyOnceWith(job.bytes, 1);
    expect(engine.decode).not.toHaveBeenCalled();
  });

  it("takes out before what METADATA does not keep", async () => {
    const { encoderPool, job, engine } = setUp({ facts, bytes: await source(), metadata: "copyright" });
    const made = await makeVariant(encoderPool, job, packing, soon);
    expect(Buffer.from(job.bytes).includes("a secret place")).toBe(true);
    const handed = engine.optimisePng.mock.calls[0]?.[0] ?? job.bytes;
    expect(Buffer.from(handed).includes("a secret place")).toBe(false);
    if (made.kind !== "made") throw new Error(made.kind);
    expect(Buffer.from(made.bytes).includes("a secret place")).toBe(false);
    expect(Buffer.from(made.bytes).includes("Somebody")).toBe(true);
  });

  it("refuses where nothing was gained", async () => {
    const { encoderPool, job } = setUp({ facts, bytes: await source(), metadata: "keep" });
    expect(await makeVariant(encoderPool, job, packing, soon)).toEqual({ kind: "refused" });
  });

  it.each(["none", "copyright", "keep"] as const)(
    "takes a cut PNG for undecodable where METADATA=%s",
    async (metadata) => {
      const bytes = (await source()).subarray(0, 200).slice();
      const { encoderPool, job, engine } = setUp({ facts, bytes, metadata });
      engine.optimisePng.mockRejectedValueOnce(new ImagingError("damaged", "png", "cut"));
      expect(await makeVariant(encoderPool, job, packing, soon)).toEqual({ kind: "undecodable" });
    },
  );

  it("does not believe an output of another size", async () => {
    const { encoderPool, job, engine } = setUp({ facts, bytes: await source() });
    engine.optimisePng.mockResolvedValueOnce(await picture("png", width, height + 1));
    expect(await makeVariant(encoderPool, job, packing, soon)).toMatchObject({ kind: "failed" });
  });
});

describe("makeVariant() with an animation", () => {
  const animation: PlannedVariant = {
    id: "webp",
    target: "webp",
    recipe: { kind: "animate", format: "webp" },
    cost: { ms: 5, peakBytes: 10_000_000 },
  };
  const facts = { ...animatedGif, width, height };

  it("makes it of the source's own bytes", async () => {
    const { encoderPool, job, engine } = setUp({ facts });
    expect(await makeVariant(encoderPool, job, animation, soon)).toEqual({ kind: "made", bytes: webpFile });
    expect(engine.animate).toHaveBeenCalledExactlyOnceWith(job.bytes);
    expect(engine.decode).not.toHaveBeenCalled();
  });

  it("refuses for good what became larger than the GIF", async () => {
    const { encoderPool, job, engine } = setUp({ facts });
    engine.animate.mockResolvedValue(undefined);
    expect(await makeVariant(encoderPool, job, animation, soon)).toEqual({ kind: "refused" });
  });

  it("tells a GIF that cannot be read from an encoder that failed", async () => {
    const { encoderPool, job, engine } = setUp({ facts });
    engine.animate.mockRejectedValueOnce(new ImagingError("damaged", "gif", "cut"));
    expect(await makeVariant(encoderPool, job, animation, soon)).toEqual({ kind: "undecodable" });
    const cause = new ImagingError("codec", "webp", "trap");
    engine.animate.mockRejectedValueOnce(cause);
    expect(await makeVariant(encoderPool, job, animation, soon)).toEqual({ kind: "failed", cause });
  });
});

describe("predictMs()", () => {
  it("counts the decode only while the pixels are not there", () => {
    const { job } = setUp();
    expect(predictMs(job, webp)).toBe(40);
    job.held = { picture: decoded(), release: () => undefined };
    expect(predictMs(job, webp)).toBe(30);
  });
});
