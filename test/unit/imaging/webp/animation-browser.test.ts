/** The same animations in Chromium, frame by frame as its own decoders see them (WebCodecs `ImageDecoder`). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGif } from "../../../../src/imaging/gif/read-gif.ts";
import { animateGif } from "../../../../src/imaging/webp/animate-gif.ts";
import { encodeWithSharp } from "../../../support/animations.ts";
import { asVisitorsSee, type BrowserViewer, startBrowserViewer } from "../../../support/browser-viewer.ts";
import { hasBrowser } from "../../../support/painter.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { seededRandom } from "../probe/bytes.ts";
import { joinGif, loopExtension, randomGif, writeFrame, writeGif } from "../gif/written-gif.ts";

const withoutBrowser = hasBrowser ? "" : " (skipped: Chromium is not installed)";

describe.skipIf(!hasBrowser)(`animateGif() in Chromium${withoutBrowser}`, () => {
  let viewer: BrowserViewer;
  beforeAll(async () => {
    viewer = await startBrowserViewer();
  });
  afterAll(() => viewer?.close());

  async function expectSame(gif: Uint8Array, name: string): Promise<void> {
    const encoder = { encodeFrame: encodeWithSharp, pause: () => Promise.resolve() };
    const webp = await animateGif(readGif(gif, 1000), gif, encoder, Infinity);
    if (webp === undefined) throw new Error("no animation");
    const [before, after] = [await viewer.showFrames(gif, "image/gif"), await viewer.showFrames(webp, "image/webp")];
    expect(asVisitorsSee(after), name).toEqual(asVisitorsSee(before));
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
