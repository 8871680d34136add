/** The pipeline with an origin, a clock and an encoder that a test scripts; the cache is workerd's own. */
import { createOriginMemory } from "../../src/edge/origin/origin-memory.ts";
import { createAnswerCache } from "../../src/edge/store/answer-cache.ts";
import { createEdgeStore } from "../../src/edge/store/edge-cache.ts";
import { createFlights } from "../../src/edge/flight/flights.ts";
import type { EncodeSettings } from "../../src/imaging/model/settings.ts";
import type { Picture } from "../../src/imaging/model/picture.ts";
import type { PixelEngine } from "../../src/imaging/pixel-engine.ts";
import { createPixelEngine } from "../../src/imaging/create-pixel-engine.ts";
import { yieldToRequests } from "../../src/edge/backend/give-way.ts";
import { localBackend } from "../../src/edge/backend/local.ts";
import { openWith } from "../../src/imaging/open-image.ts";
import { createMemoryLedger } from "../../src/edge/backend/memory-ledger.ts";
import { createWorkQueue } from "../../src/edge/backend/work-queue.ts";
import { readConfig } from "../../src/edge/config.ts";
import type { Env } from "../../src/edge/env.ts";
import { type ImageRequest, readImageRequest } from "../../src/edge/negotiate/image-request.ts";
import { answerImage } from "../../src/edge/pipeline.ts";
import type { Services } from "../../src/edge/services.ts";
import { createStats } from "../../src/edge/stats.ts";
import type { SourceFlight } from "../../src/edge/flight/flight.ts";

export const accepts = {
  both: "image/avif,image/webp,*/*",
  avif: "image/avif,*/*",
  webp: "image/webp,*/*",
  any: "*/*",
} as const;

/** Clients that are known by their User-Agent. */
export const oldBrowsers = {
  safari13: {
    accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    "user-agent":
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
  },
  ie11: {
    accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
    "user-agent": "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
  },
} as const;

export const side = 48;

/** A soft gradient with a few edges: every encoder makes it smaller than the PNG, which is stored without compression. */
function paint(): Picture {
  const data = new Uint8ClampedArray(4 * side * side);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      data[at++] = x * 5;
      data[at++] = y * 5;
      data[at++] = (x >> 3) * 40;
      data[at++] = 255;
    }
  }
  return { pixels: { data, width: side, height: side }, profile: undefined };
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** A chunk with its CRC (PNG 3rd edition §5.3). */
export function pngChunk(type: string, data: readonly number[]): number[] {
  const body = [...new TextEncoder().encode(type), ...data];
  return [...u32(data.length), ...body, ...u32(crc32(Uint8Array.from(body)))];
}

/** A PNG (ISO/IEC 15948) whose picture is one stored block; `mark` makes the bytes another version. */
export function makePng(mark = ""): Uint8Array<ArrayBuffer> {
  const { data } = paint().pixels;
  const rows = Array.from({ length: side }, (_, y) => [0, ...data.subarray(4 * side * y, 4 * side * (y + 1))]).flat();
  const length = rows.length;
  const stored = [0x78, 0x01, 0x01, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255];
  return Uint8Array.from([
    0x89,
    ...new TextEncoder().encode("PNG\r\n\x1a\n"),
    ...pngChunk("IHDR", [...u32(side), ...u32(side), 8, 6, 0, 0, 0]),
    ...(mark === "" ? [] : pngChunk("tEXt", [...new TextEncoder().encode(`Comment\0${mark}`)])),
    ...pngChunk("IDAT", [...stored, ...rows, ...u32(adler32(Uint8Array.from(rows)))]),
    ...pngChunk("IEND", []),
  ]);
}

const real = createPixelEngine();
const settings: EncodeSettings = {
  format: "webp",
  lossless: false,
  coder: "libwebp",
  quality: 70,
  method: 2,
  sharpYuv: true,
};
/** What the scripted encoder gives: real files, made once. */
export const files = {
  webp: await real.encode(paint(), settings),
  avif: await real.encode(paint(), { format: "avif", quality: 40, speed: 10, chroma: "4:4:4", bitDepth: 8 }),
  jp2: await real.encode(paint(), { format: "jp2", lossless: false, quality: 70 }),
  jxr: await real.encode(paint(), {
    format: "jxr",
    container: "jpeg-xr",
    lossless: false,
    quality: 70,
  }),
};
/** The source in fewer bytes, made once. */
export const optimised = await real.optimisePng(makePng(), 1);
real.dropIdle();

/** What the scripted encoder gives for a format. */
export function fileOf(format: EncodeSettings["format"]): Uint8Array<ArrayBuffer> {
  if (format === "jpeg" || format === "png") throw new Error(`${format} is not encoded here`);
  return files[format].slice();
}

const known: Readonly<Record<string, Uint8Array>> = {
  ...files,
  optimised,
  png: makePng(),
  second: makePng("second"),
  nothing: new Uint8Array(),
};

function nameOf(bytes: Uint8Array): string {
  const isSame = (other: Uint8Array): boolean =>
    other.length === bytes.length && other.every((byte, index) => byte === bytes[index]);
  return Object.keys(known).find((name) => isSame(known[name] ?? bytes)) ?? `${bytes.length} other bytes`;
}

export interface Stage {
  readonly services: Services;
  /** What the library of these services encodes with. */
  readonly codecs: PixelEngine;
  /** Milliseconds since the epoch; a test moves it. */
  now: number;
  /** What the origin does with the next requests. */
  origin: (request: Request) => Response | Promise<Response>;
  readonly asked: Request[];
  /** What the encoder does; counted in `encoded`. */
  encode: PixelEngine["encode"];
  readonly encoded: string[];
  decoded: number;
  /** What the PNG optimiser does; unless a test says otherwise, nothing is gained. Counted in `optimised`. */
  optimise: PixelEngine["optimisePng"];
  optimised: number;
  /** Asks as a client would, without waiting for work after the answer. */
  ask(path: string, accept: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Waits for all work after the answers. */
  idle(): Promise<void>;
  /** Asks, reads the body, and waits for all work after the answer. */
  get(path: string, accept: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  image(path: string, accept: string, headers?: Readonly<Record<string, string>>): ImageRequest;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Whose bytes the body has: `png` for the source, and `second` for its second version. */
  readonly body: string;
  /** `reason` of Edge-Imaging. */
  readonly reason: string | undefined;
  readonly format: string | undefined;
  readonly cacheStatus: string;
}

export function okay(bytes: Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(bytes, {
    headers: { "content-type": "image/png", "cache-control": "max-age=86400", ...headers },
  });
}

let stages = 0;

/** What several stages can share, as isolates of one data centre do. */
export interface Surroundings {
  readonly host?: string;
  readonly cache?: Cache;
}

/** Every stage has a host of its own, so that the cache of one test is empty for the next. */
export function setUp(env: Env = {}, surroundings: Surroundings = {}): Stage {
  const { host = `https://stage-${++stages}.test`, cache = caches.default } = surroundings;
  const config = readConfig({ ORIGIN: "https://origin.test", PNG_MODE: "lossy", ...env });
  const work: Promise<unknown>[] = [];
  const queue = createWorkQueue(() => stage.now, 45_000);
  const ledger = createMemoryLedger();
  const codecs: PixelEngine = {
    decode: async () => {
      stage.decoded++;
      return paint();
    },
    encode: async (picture, how) => {
      stage.encoded.push(how.format);
      return stage.encode(picture, how);
    },
    // Of no size that could be compared: every encode is the only one.
    decodeVariant: async () => ({ data: new Uint8ClampedArray(4), width: 1, height: 1 }),
    streamWebp: () => Promise.reject(new Error("no test has a large JPEG")),
    optimisePng: async (bytes, effort) => {
      stage.optimised++;
      return stage.optimise(bytes, effort);
    },
    animate: () => Promise.reject(new Error("no test has an animation")),
    holdsPictures: () => true,
    liveBytes: () => 0,
    dropIdle: () => undefined,
  };
  const stage: Stage = {
    codecs,
    now: Date.UTC(2026, 10, 22),
    origin: () => okay(makePng()),
    asked: [],
    encode: async (_, { format }) => fileOf(format),
    encoded: [],
    decoded: 0,
    optimise: async (bytes) => bytes,
    optimised: 0,
    services: {
      config,
      rateLimiter: undefined,
      fleet: undefined,
      stats: createStats(),
      metrics: undefined,
      analytics: { read: () => Promise.resolve(undefined) },
      encoder: undefined,
      now: () => stage.now,
      store: createEdgeStore(cache, () => stage.now),
      answers: createAnswerCache(cache),
      memory: createOriginMemory(() => stage.now),
      origin: {
        fetch: async (asked: RequestInfo | URL) => {
          const request = asked instanceof Request ? asked : new Request(asked);
          stage.asked.push(request);
          return stage.origin(request);
        },
        demo: undefined,
        bucket: undefined,
      },
      encoderPool: { backend: localBackend(openWith(codecs, yieldToRequests), queue, ledger), queue, ledger },
      flights: createFlights<SourceFlight>(() => stage.now),
      waitUntil: (promise) => void work.push(promise.catch(() => undefined)),
    },
    image(path, accept, headers = {}) {
      const url = new URL(path, host);
      const image = readImageRequest(new Request(url, { headers: { accept, ...headers } }), url, config);
      if (image === undefined) throw new Error(`${path} is no candidate`);
      return image;
    },
    async ask(path, accept, headers = {}) {
      const request = new Request(new URL(path, host), { headers: { accept, ...headers } });
      const answer = await answerImage(request, stage.image(path, accept, headers), stage.services);
      return answer instanceof Response ? answer : answer.response;
    },
    async idle() {
      while (work.length > 0) await Promise.all(work.splice(0));
    },
    async get(path, accept, headers = {}) {
      const response = await stage.ask(path, accept, headers);
      const bytes = new Uint8Array(await response.arrayBuffer());
      await stage.idle();
      const explanation = response.headers.get("edge-imaging") ?? "";
      return {
        status: response.status,
        headers: response.headers,
        body: nameOf(bytes),
        reason: /(?:^|, )reason=([a-z-]+)/.exec(explanation)?.[1],
        format: /(?:^|, )format=([a-z0-9]+)/.exec(explanation)?.[1],
        cacheStatus: response.headers.get("cache-status") ?? "",
      };
    },
  };
  return stage;
}
