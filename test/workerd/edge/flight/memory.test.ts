/** What is counted of sources, pixels and variants: never more than the bound at once, and nothing when all is over. */
import { describe, expect, it } from "vitest";
import { flightPhaseMs, maxBytesInFlight, maxHeldPixelBytes } from "../../../../src/edge/limits.ts";
import type { EncodeSettings } from "../../../../src/imaging/model/settings.ts";
import type { Picture } from "../../../../src/imaging/model/picture.ts";
import { createPixelEngine } from "../../../../src/imaging/create-pixel-engine.ts";
import { createMapCache } from "../../map-cache.ts";
import { accepts, makePng, okay, pngChunk, setUp, type Stage } from "../../scripted-services.ts";
import { eventually } from "../../../support/eventually.ts";

const MiB = 1024 * 1024;
const headerLength = 33;

/** A PNG of so many bytes: most of them in a chunk that readers skip (PNG 3rd edition §4.7.2), whose CRC nobody wants. */
function largePng(bytes: number, size?: { readonly width: number; readonly height: number }): Uint8Array<ArrayBuffer> {
  const png = makePng();
  const large = new Uint8Array(bytes);
  large.set(png.subarray(0, headerLength));
  if (size !== undefined) {
    const header = [...Uint8Array.from([size.width >> 8, size.width & 255, size.height >> 8, size.height & 255])];
    const [a = 0, b = 0, c = 0, d = 0] = header;
    large.set(pngChunk("IHDR", [0, 0, a, b, 0, 0, c, d, 8, 6, 0, 0, 0]), headerLength - 25);
  }
  const skipped = bytes - png.length - 12;
  new DataView(large.buffer).setUint32(headerLength, skipped);
  large.set(new TextEncoder().encode("prVt"), headerLength + 4);
  large.set(png.subarray(headerLength), headerLength + 12 + skipped);
  return large;
}

/** The same in chunks, without a length. */
function inChunks(bytes: Uint8Array<ArrayBuffer>, end = bytes.length): Response {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = bytes.subarray(at, Math.min(end, at + 256 * 1024));
      at += chunk.length;
      if (chunk.length > 0) controller.enqueue(chunk.slice());
      else if (end === bytes.length) controller.close();
      else controller.error(new Error("connection reset"));
    },
  });
  return new Response(body, { headers: { "content-type": "image/png", "cache-control": "max-age=86400" } });
}

/** Takes note of the most that is counted at once. */
function watch(stage: Stage): { readonly most: () => number } {
  const { ledger } = stage.services.encoderPool;
  const { hold, holdWithin } = ledger;
  let most = 0;
  const noted = <Result>(result: Result): Result => {
    most = Math.max(most, ledger.heldBytes());
    return result;
  };
  Object.assign(ledger, {
    hold: (bytes: number) => noted(hold(bytes)),
    holdWithin: (limit: number, bytes: number) => noted(holdWithin(limit, bytes)),
  });
  return { most: () => most };
}

function heldBytes(stage: Stage): number {
  return stage.services.encoderPool.ledger.heldBytes();
}

/** Asks for pictures at once, and waits for all work after the answers; their lengths. */
async function askForAll(stage: Stage, count: number, accept: string): Promise<number[]> {
  const lengths = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const response = await stage.ask(`/${index}.png`, accept);
      return (await response.arrayBuffer()).byteLength;
    }),
  );
  await stage.idle();
  return lengths;
}

const source = largePng(10 * MiB);
/** What is made here is small. */
const variants = 64 * 1024;

describe("sources of 10 MiB, twelve at once", () => {
  it.each([
    ["with a stated length", () => okay(source)],
    ["without one", () => inChunks(source)],
  ])("never count more than the bound, and nothing in the end: %s", async (_, origin) => {
    const stage = setUp({}, { cache: createMapCache() });
    stage.origin = origin;
    const { most } = watch(stage);
    const lengths = await askForAll(stage, 12, accepts.webp);
    expect(most()).toBeGreaterThan(10 * MiB);
    expect(most()).toBeLessThanOrEqual(maxBytesInFlight + variants);
    expect(heldBytes(stage)).toBe(0);
    // Some are held to their end.
    expect(stage.encoded.length).toBeGreaterThan(0);
    // What there is no room for is handed on whole.
    expect(lengths.filter((length) => length === source.length).length).toBeGreaterThanOrEqual(12 - 3);
  });

  it("never count more than the bound where they are kept, and another class asks", async () => {
    const stage = setUp({}, { cache: createMapCache() });
    stage.origin = () => okay(source);
    for (let index = 0; index < 5; index++) await stage.get(`/${index}.png`, accepts.any);
    const { most } = watch(stage);
    await askForAll(stage, 5, accepts.webp);
    expect(most()).toBeGreaterThan(10 * MiB);
    expect(most()).toBeLessThanOrEqual(maxBytesInFlight + variants);
    expect(heldBytes(stage)).toBe(0);
  });
});

describe("pictures whose pixels are large", () => {
  const size = { width: 1000, height: 1000 };
  const picture: Picture = {
    pixels: { data: new Uint8ClampedArray(4 * size.width * size.height).fill(255), ...size },
    profile: undefined,
  };

  const begin = async (): Promise<Stage> => {
    const stage = setUp({ FORMATS: "webp" }, { cache: createMapCache() });
    stage.origin = () => okay(largePng(400_000, size));
    Object.assign(stage.codecs, { decode: async () => picture });
    const real = createPixelEngine();
    const settings: EncodeSettings = {
      format: "webp",
      lossless: false,
      coder: "libwebp",
      quality: 50,
      method: 0,
      sharpYuv: false,
    };
    const file = await real.encode(picture, settings);
    real.dropIdle();
    stage.encode = async () => file.slice();
    return stage;
  };

  it("never count more than the bound, and nothing in the end: twenty at once", async () => {
    const stage = await begin();
    const { most } = watch(stage);
    await askForAll(stage, 20, accepts.webp);
    expect(stage.encoded.length).toBeGreaterThan(0);
    expect(most()).toBeGreaterThan(picture.pixels.data.length);
    expect(most()).toBeLessThanOrEqual(maxBytesInFlight + maxHeldPixelBytes);
    expect(heldBytes(stage)).toBe(0);
  });

  it("count nothing in the end where every encode fails", async () => {
    const stage = await begin();
    stage.encode = () => Promise.reject(new Error("no memory"));
    const { most } = watch(stage);
    await askForAll(stage, 4, accepts.webp);
    expect(stage.encoded.length).toBeGreaterThan(0);
    expect(most()).toBeGreaterThan(picture.pixels.data.length);
    expect(heldBytes(stage)).toBe(0);
  });
});

const broken = (): never => {
  throw new Error("broken");
};

describe("requests that come to nothing", () => {
  it("count nothing in the end where the transfer breaks", async () => {
    const stage = setUp();
    stage.origin = () => inChunks(source, 6 * MiB);
    const { most } = watch(stage);
    await Promise.allSettled([0, 1].map((index) => stage.ask(`/${index}.png`, accepts.webp)));
    await stage.idle();
    expect(most()).toBeGreaterThan(6 * MiB);
    expect(heldBytes(stage)).toBe(0);
  });

  it("count what has been read of a body that is handed on, until it has been sent or the client has left", async () => {
    const stage = setUp();
    stage.origin = () => inChunks(largePng(27 * MiB));
    const { most } = watch(stage);
    const response = await stage.ask("/a.png", accepts.webp);
    expect(most()).toBeLessThanOrEqual(maxBytesInFlight);
    expect(heldBytes(stage)).toBeGreaterThan(25 * MiB);
    await response.body?.cancel();
    await stage.idle();
    expect(heldBytes(stage)).toBe(0);
    expect([...stage.services.flights.all()]).toEqual([]);
    const whole = await stage.get("/b.png", accepts.webp);
    expect(whole.body).toBe(`${27 * MiB} other bytes`);
    expect(heldBytes(stage)).toBe(0);
  });

  it("count nothing in the end where handing on fails, and keep no flight", async () => {
    const stage = setUp();
    stage.origin = () => inChunks(largePng(27 * MiB));
    Object.assign(stage.services.memory.passedUrls, { add: broken });
    const { most } = watch(stage);
    await expect(stage.ask("/a.png", accepts.webp)).rejects.toThrow("broken");
    expect(most()).toBeGreaterThan(25 * MiB);
    expect(heldBytes(stage)).toBe(0);
    expect([...stage.services.flights.all()]).toEqual([]);
  });

  it("count nothing in the end where no work can be begun", async () => {
    const stage = setUp();
    stage.origin = () => okay(makePng());
    Object.assign(stage.services.encoderPool.backend, { open: broken });
    await expect(stage.ask("/a.png", accepts.webp)).rejects.toThrow("broken");
    await stage.idle();
    expect(heldBytes(stage)).toBe(0);
    expect([...stage.services.flights.all()]).toEqual([]);
  });

  it("count nothing once another request has come, where the platform has ended them while the body came", async () => {
    const stage = setUp();
    stage.origin = () => {
      const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(source.slice(0, MiB)) });
      return new Response(body, { headers: { "content-type": "image/png", "cache-control": "max-age=86400" } });
    };
    void stage.ask("/a.png", accepts.webp).catch(() => undefined);
    await eventually(() => expect(heldBytes(stage)).toBeGreaterThan(MiB));
    stage.now += flightPhaseMs;
    stage.origin = () => okay(makePng());
    await (await stage.ask("/b.png", accepts.webp)).arrayBuffer();
    await eventually(() => expect(heldBytes(stage)).toBe(0));
  });
});
