/**
 * Takes the README's picture of the gallery: `node scripts/screenshot.ts [--url …] [--out …] [--width …] [--height …]
 * [--dark] [--client webp]`, with a dev server running (`npm start`) and Chromium installed (`CHROMIUM` names another
 * browser). Speaks the DevTools protocol itself: the pictures come in real time, so the moment has to be waited for.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { type DevTools, openBrowser } from "./browser.ts";

/** The README is read on slow lines too. */
const maxPictureBytes = 300_000;
/** Fewer colours until the file fits; photographs stay presentable down to about 64. */
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
    height: { type: "string", default: "1275" },
    client: { type: "string", default: "own" },
    dark: { type: "boolean", default: false },
  },
});

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

const browser = await openBrowser(["--hide-scrollbars"]);
try {
  const picture = await shrink(await takePicture(browser.devTools));
  await writeFile(values.out, picture);
  console.log(`${values.out}: ${picture.byteLength} bytes`);
} finally {
  await browser.close();
}
