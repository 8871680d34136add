/**
 * Takes the README's picture of the gallery: `node scripts/screenshot.ts [--url …] [--out …] [--width …] [--height …]
 * [--dark] [--client webp]`, with a dev server running (`npm start`) and Chromium installed (`CHROMIUM` names another
 * browser). Speaks the DevTools protocol itself: the pictures come in real time, so the moment has to be waited for.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";

/** The README is read on slow lines too. */
const maxPictureBytes = 300_000;
/** Fewer colours until the file fits; photographs keep their look down to about 64. */
const paletteSizes = [256, 192, 128, 96, 64, 48];
const maxWaitMilliseconds = 120_000;
const pollMilliseconds = 500;
/** The pictures fade in for a quarter of a second, the bars grow for less than half. */
const settleMilliseconds = 800;

/** The page asks no more, and each picture is on the screen (or cannot be shown by this browser). */
const isComplete = `(() => {
  const cards = [...document.querySelectorAll(".card")];
  return cards.length > 0 && cards.every(({ dataset: { state, shown } }) => {
    return state === "error" || ((state === "done" || state === "unfinished") && shown !== undefined);
  });
})()`;

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8787/" },
    out: { type: "string", default: "docs/gallery.png" },
    width: { type: "string", default: "1280" },
    height: { type: "string", default: "1230" },
    client: { type: "string", default: "own" },
    dark: { type: "boolean", default: false },
  },
});

class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      const message = JSON.parse(String(event.data)) as { id?: number; result?: unknown; error?: { message: string } };
      const caller = this.#waiting.get(message.id ?? 0);
      if (caller === undefined) return;
      this.#waiting.delete(message.id ?? 0);
      if (message.error === undefined) caller.resolve(message.result);
      else caller.reject(new Error(message.error.message));
    });
  }

  static async connect(url: string): Promise<DevTools> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`No connection to ${url}`)));
    });
    return new DevTools(socket);
  }

  async call<Result>(method: string, parameters: object = {}, sessionId?: string): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    const result = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params: parameters, sessionId }));
    return (await result) as Result;
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function takePicture(devTools: DevTools): Promise<Buffer> {
  const { targetId } = await devTools.call<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await devTools.call<{ sessionId: string }>("Target.attachToTarget", {
    targetId,
    flatten: true,
  });
  const width = Number(values.width);
  const metrics = { width, height: Number(values.height), deviceScaleFactor: 1, mobile: width < 600 };
  await devTools.call("Emulation.setDeviceMetricsOverride", metrics, sessionId);
  const scheme = { features: [{ name: "prefers-color-scheme", value: values.dark ? "dark" : "light" }] };
  await devTools.call("Emulation.setEmulatedMedia", scheme, sessionId);
  const address = values.client === "own" ? values.url : `${values.url}#${values.client}`;
  const navigation = await devTools.call<{ errorText?: string }>("Page.navigate", { url: address }, sessionId);
  if (navigation.errorText !== undefined)
    throw new Error(`${values.url} cannot be opened (${navigation.errorText}); is the dev server running?`);

  const deadline = Date.now() + maxWaitMilliseconds;
  for (;;) {
    const { result } = await devTools.call<{ result: { value: unknown } }>(
      "Runtime.evaluate",
      { expression: isComplete },
      sessionId,
    );
    if (result.value === true) break;
    if (Date.now() > deadline) throw new Error(`The gallery was not complete after ${maxWaitMilliseconds / 1000} s.`);
    await pause(pollMilliseconds);
  }
  await pause(settleMilliseconds);
  const { data } = await devTools.call<{ data: string }>("Page.captureScreenshot", { format: "png" }, sessionId);
  return Buffer.from(data, "base64");
}

async function shrink(png: Buffer): Promise<Buffer> {
  if (values.out.endsWith(".webp")) return await sharp(png).webp({ quality: 80, effort: 6 }).toBuffer();
  for (const colours of paletteSizes) {
    const small = await sharp(png).png({ palette: true, colours, effort: 10, compressionLevel: 9 }).toBuffer();
    if (small.byteLength <= maxPictureBytes) return small;
  }
  throw new Error(
    `The picture does not fit into ${maxPictureBytes} bytes; choose a smaller --height or a name that ends in .webp.`,
  );
}

const profile = await mkdtemp(join(tmpdir(), "edge-imaging-screenshot-"));
const browser = spawn(
  process.env["CHROMIUM"] ?? "chromium",
  ["--headless", "--no-sandbox", "--hide-scrollbars", "--remote-debugging-port=0", `--user-data-dir=${profile}`],
  { stdio: ["ignore", "ignore", "pipe"] },
);
const ended = new Promise<void>((resolve) => browser.once("close", () => resolve()));
try {
  const endpoint = await new Promise<string>((resolve, reject) => {
    let output = "";
    browser.once("error", () => reject(new Error("Chromium was not found; install it or name a browser in CHROMIUM.")));
    browser.once("exit", () => reject(new Error(`The browser ended early: ${output}`)));
    browser.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const address = /DevTools listening on (\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const devTools = await DevTools.connect(endpoint);
  const picture = await shrink(await takePicture(devTools));
  await writeFile(values.out, picture);
  console.log(`${values.out}: ${picture.byteLength} bytes`);
  await devTools.call("Browser.close");
} finally {
  browser.kill();
  await ended;
  await rm(profile, { recursive: true, force: true, maxRetries: 3 });
}
