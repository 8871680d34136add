/** What a visitor sees: pictures painted by a real browser, compared inside it. */
import { spawnSync } from "node:child_process";
import { type Browser, type DevTools, openBrowser } from "../../scripts/browser.ts";

/** Two pictures on canvases of their natural size. */
export interface Painted {
  readonly before: readonly [width: number, height: number];
  readonly after: readonly [width: number, height: number];
  /** Mean difference of a channel on a coloured page, in levels of 0 to 255; huge when the sizes differ. */
  readonly mean: number;
}

export interface Painter {
  /** Paints two URLs of one site (paths) and compares them. Rejects when the browser cannot show one. */
  compare(before: string, after: string): Promise<Painted>;
  close(): Promise<void>;
}

const command = process.env["CHROMIUM"] ?? "chromium";

/** Whether the tests that need a browser can run. */
export const hasBrowser = spawnSync(command, ["--version"], { timeout: 20_000 }).status === 0;

/** Runs inside the page. */
const compareInPage = async (before: string, after: string): Promise<Painted> => {
  const paint = async (path: string): Promise<ImageData> => {
    const image = new Image();
    image.src = path;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    if (context === null) throw new Error("no canvas");
    // On a page's colour: colours under little alpha are the browser's rounding.
    context.fillStyle = "rgb(30 160 90)";
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, width, height);
  };
  const [one, other] = [await paint(before), await paint(after)];
  const isSameSize = one.width === other.width && one.height === other.height;
  const sum = one.data.reduce((total, value, at) => total + Math.abs(value - (other.data[at] ?? 0)), 0);
  return {
    before: [one.width, one.height],
    after: [other.width, other.height],
    mean: isSameSize ? sum / one.data.length : Number.MAX_VALUE,
  };
};

/**
 * A browser that has opened `page`, an HTML page of the site whose pictures are compared: a canvas can only be read
 * where all came from one origin.
 */
export async function startPainter(page: string): Promise<Painter> {
  const browser: Browser = await openBrowser(["--force-color-profile=srgb", "--disk-cache-size=1"]);
  const { devTools } = browser;
  const sessionId = await openPage(devTools, page);
  return {
    async compare(before, after) {
      const expression = `(${compareInPage.toString()})(${JSON.stringify(before)}, ${JSON.stringify(after)})`;
      const { result, exceptionDetails } = await devTools.call<{
        result: { value: Painted };
        exceptionDetails?: { exception?: { description?: string } };
      }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
      if (exceptionDetails !== undefined)
        throw new Error(exceptionDetails.exception?.description ?? "The page has thrown.");
      return result.value;
    },
    close: () => browser.close(),
  };
}

async function openPage(devTools: DevTools, url: string): Promise<string> {
  const { targetId } = await devTools.call<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await devTools.call<{ sessionId: string }>("Target.attachToTarget", {
    targetId,
    flatten: true,
  });
  await devTools.call("Page.enable", {}, sessionId);
  const { errorText } = await devTools.call<{ errorText?: string }>("Page.navigate", { url }, sessionId);
  if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
  for (let tries = 0; tries < 100; tries++) {
    const { result } = await devTools.call<{ result: { value: unknown } }>(
      "Runtime.evaluate",
      { expression: `document.readyState === "complete" && location.href !== "about:blank"` },
      sessionId,
    );
    if (result.value === true) return sessionId;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} was not loaded`);
}
