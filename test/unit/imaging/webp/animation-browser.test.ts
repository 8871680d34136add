/** The same animations in Chromium, frame by frame as its own decoders see them (WebCodecs `ImageDecoder`). */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, openBrowser } from "../../../../scripts/browser.ts";
import { readGif } from "../../../../src/imaging/gif/read-gif.ts";
import { animateGif } from "../../../../src/imaging/webp/animate-gif.ts";
import { encodeWithSharp } from "../../../support/animations.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { seededRandom } from "../probe/bytes.ts";
import { joinGif, loopExtension, randomGif, writeFrame, writeGif } from "../gif/written-gif.ts";

const hasBrowser = spawnSync(process.env["CHROMIUM"] ?? "chromium", ["--version"], { timeout: 20_000 }).status === 0;
const withoutBrowser = hasBrowser ? "" : " (skipped: Chromium is not installed)";

interface Seen {
  readonly size: string;
  /** Infinity as a string; 0 for once. */
  readonly repetitions: string;
  readonly frames: { readonly hash: string; readonly ms: number }[];
}

/** Runs inside the page. */
const decodeInPage = async (base64: string, type: string): Promise<Seen> => {
  const data = Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0) ?? 0);
  const decoder = new ImageDecoder({ data, type, preferAnimation: true });
  await Promise.all([decoder.completed, decoder.tracks.ready]);
  const track = decoder.tracks.selectedTrack;
  if (track === null) throw new Error("no picture");
  const frames = [];
  let size = "";
  for (let frameIndex = 0; frameIndex < track.frameCount; frameIndex++) {
    const { image } = await decoder.decode({ frameIndex, completeFramesOnly: true });
    const { displayWidth: width, displayHeight: height } = image;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.drawImage(image, 0, 0);
    const hash = await crypto.subtle.digest("SHA-1", context.getImageData(0, 0, width, height).data);
    frames.push({ hash: Array.from(new Uint8Array(hash)).join(), ms: (image.duration ?? 0) / 1000 });
    size = `${width} × ${height}`;
    image.close();
  }
  return { size, repetitions: String(track.repetitionCount), frames };
};

/** What a visitor sees: frames that follow each other differ, and no frame is shorter than the browser shows it. */
function asShown({ size, repetitions, frames }: Seen): Seen {
  const shown: { hash: string; ms: number }[] = [];
  for (const { hash, ms } of frames) {
    const seen = ms <= 10 ? 100 : ms;
    const last = shown.at(-1);
    if (last?.hash === hash) last.ms += seen;
    else shown.push({ hash, ms: seen });
  }
  // One picture has no time.
  return shown.length === 1
    ? { size, repetitions: "", frames: [{ hash: shown[0]?.hash ?? "", ms: 0 }] }
    : { size, repetitions, frames: shown };
}

describe.skipIf(!hasBrowser)(`animateGif() in Chromium${withoutBrowser}`, () => {
  let server: Server;
  let browser: Browser;
  let sessionId: string;

  beforeAll(async () => {
    // Only a page with an origin of its own may decode.
    server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    browser = await openBrowser(["--force-color-profile=srgb"]);
    const url = `http://127.0.0.1:${address.port}/`;
    const { targetId } = await browser.devTools.call<{ targetId: string }>("Target.createTarget", { url });
    const target = { targetId, flatten: true };
    ({ sessionId } = await browser.devTools.call<{ sessionId: string }>("Target.attachToTarget", target));
    // The empty page before it has no decoder.
    const ready = { expression: 'location.protocol === "http:" && document.readyState === "complete"' };
    for (let isReady = false; !isReady;) {
      const { result } = await browser.devTools.call<{ result: { value: boolean } }>(
        "Runtime.evaluate",
        ready,
        sessionId,
      );
      isReady = result.value;
    }
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function look(file: Uint8Array, type: string): Promise<Seen> {
    const expression = `(${decodeInPage.toString()})("${Buffer.from(file).toString("base64")}", "${type}")`;
    const { result, exceptionDetails } = await browser.devTools.call<{
      result: { value: Seen };
      exceptionDetails?: { exception?: { description?: string } };
    }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? "the page has thrown");
    return result.value;
  }

  async function expectSame(gif: Uint8Array, name: string): Promise<void> {
    const encoder = { encodeFrame: encodeWithSharp, pause: () => Promise.resolve() };
    const webp = await animateGif(readGif(gif, 1000), gif, encoder, Infinity);
    if (webp === undefined) throw new Error("no animation");
    const [before, after] = [await look(gif, "image/gif"), await look(webp, "image/webp")];
    expect(asShown(after), name).toEqual(asShown(before));
  }

  const palette = [0xff0000, 0x00ff00, 0x0000ff, 0xffffff];
  const screen = { width: 2, height: 2, palette };
  const first = { width: 2, height: 2, indices: [0, 1, 2, 3], delay: 5 };
  const second = { ...first, indices: [3, 3, 0, 0] };

  it.each<[string, Uint8Array]>([
    ["no loop count", writeGif({ ...screen, frames: [first, second] })],
    ["an endless loop", writeGif({ ...screen, loops: 0, frames: [first, second] })],
    ["a loop count of 1", writeGif({ ...screen, loops: 1, frames: [first, second] })],
    ["a loop count of 7", writeGif({ ...screen, loops: 7, frames: [first, second] })],
    ["two loop counts", joinGif(screen, [5, 3].map((n) => loopExtension(n)).concat([first, second].map(writeFrame)))],
    ["a loop count at the end", joinGif(screen, [...[first, second].map(writeFrame), loopExtension(4)])],
    [
      "no delay",
      writeGif({
        ...screen,
        frames: [
          { ...first, delay: 0 },
          { ...second, delay: 1 },
        ],
      }),
    ],
    ["an enlarged screen", writeGif({ ...screen, width: 1, height: 1, frames: [first, second] })],
    ["frames outside", writeGif({ ...screen, frames: [first, { ...second, left: 9 }, { ...second, top: 1 }] })],
    ["too many pixels", writeGif({ ...screen, frames: [first, { ...second, indices: [1, 1, 1, 1, 2, 2] }] })],
  ])("is the same with %s", async (name, gif) => {
    await expectSame(gif, name);
  });

  it("is the same with frames of every kind", async () => {
    const random = seededRandom(2026);
    for (let round = 0; round < 60; round++) {
      const written = randomGif((below) => Math.floor(random() * below));
      await expectSame(writeGif(written), JSON.stringify(written));
    }
  });

  const files = hasCorpus ? readdirSync(`${corpus}anim/`).filter((name) => name.endsWith(".gif")) : [];
  const paths = [
    new URL("../../../fixtures/any-disposal.gif", import.meta.url).pathname,
    ...files.map((name) => `${corpus}anim/${name}`),
  ];

  it.each(paths.filter((path) => existsSync(path)).map((path) => [path.split("/").at(-1) ?? "", path] as const))(
    "is the same for %s",
    async (name, path) => {
      await expectSame(new Uint8Array(readFileSync(path)), name);
    },
  );
});
