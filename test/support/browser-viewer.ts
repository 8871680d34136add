/** Pictures and animations as a real browser decodes them, taken out of it. */
import { createServer } from "node:http";
import { type Browser, openBrowser } from "../../scripts/browser.ts";
import type { Shown } from "./shown-picture.ts";

export interface BrowserViewer {
  /** What the browser shows of a file of this media type. Rejects when it shows nothing. */
  show(file: Uint8Array, type: string): Promise<Shown>;
  /** Each frame as its decoder gives it (WebCodecs `ImageDecoder`). */
  showFrames(file: Uint8Array, type: string): Promise<SeenFrames>;
  close(): Promise<void>;
}

export interface SeenFrames {
  readonly size: string;
  /** Infinity as a string; 0 for once. */
  readonly repetitions: string;
  readonly frames: { readonly hash: string; readonly ms: number }[];
}

/** Runs inside the page. */
const decodeInPage = async (base64: string, type: string): Promise<SeenFrames> => {
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

/** Runs inside the page. */
const paintInPage = async (base64: string, type: string): Promise<{ width: number; height: number; rgba: string }> => {
  const image = new Image();
  image.src = `data:${type};base64,${base64}`;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (context === null) throw new Error("no canvas");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let rgba = "";
  for (let at = 0; at < data.length; at += 32_768) rgba += String.fromCharCode(...data.subarray(at, at + 32_768));
  return { width, height, rgba: btoa(rgba) };
};

export async function startBrowserViewer(): Promise<BrowserViewer> {
  // Only a page with an origin of its own may decode.
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const browser: Browser = await openBrowser(["--force-color-profile=srgb"]);
  const url = `http://127.0.0.1:${address.port}/`;
  const { targetId } = await browser.devTools.call<{ targetId: string }>("Target.createTarget", { url });
  const target = { targetId, flatten: true };
  const { sessionId } = await browser.devTools.call<{ sessionId: string }>("Target.attachToTarget", target);

  const evaluate = async <Value>(expression: string): Promise<Value> => {
    const { result, exceptionDetails } = await browser.devTools.call<{
      result: { value: Value };
      exceptionDetails?: { exception?: { description?: string } };
    }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? "the page has thrown");
    return result.value;
  };
  // The empty page before it has no decoder.
  while (!(await evaluate<boolean>('location.protocol === "http:" && document.readyState === "complete"')));

  const call = (work: (base64: string, type: string) => unknown, file: Uint8Array, type: string): string =>
    `(${work.toString()})("${Buffer.from(file).toString("base64")}", "${type}")`;
  return {
    showFrames: (file, type) => evaluate(call(decodeInPage, file, type)),
    show: async (file, type) => {
      const { width, height, rgba } = await evaluate<Awaited<ReturnType<typeof paintInPage>>>(
        call(paintInPage, file, type),
      );
      return { width, height, data: Buffer.from(rgba, "base64"), hasAlpha: true };
    },
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

/** What a visitor sees: frames that follow each other differ, and no frame is shorter than the browser shows it. */
export function asVisitorsSee({ size, repetitions, frames }: SeenFrames): SeenFrames {
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
