/** The gallery and the inspector in Chromium: by keyboard, in both colour schemes, on a telephone, judged by axe-core. */
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDemoOrigin } from "../support/demo-origin.ts";
import type { LocalServer } from "../support/local-server.ts";
import { type ChromiumEngine, openChromium } from "../support/engines/chromium.ts";
import { waitFor } from "../support/engines/engine.ts";
import { type ServeProcess, startServe } from "../support/serve.ts";

const isInstalled = spawnSync(process.env["CHROMIUM"] ?? "chromium", ["--version"], { stdio: "ignore" }).status === 0;
const inspected = "/photos/warbird-quality-45.jpg";

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describe.skipIf(!isInstalled)("the pages in a browser (chromium)", () => {
  let origin: LocalServer;
  let folder: string;
  let server: ServeProcess;
  let page: ChromiumEngine;
  let axe: string;

  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    folder = await mkdtemp(join(tmpdir(), "edge-imaging-pages-"));
    origin = await startDemoOrigin();
    // Lossless files only: the subject is what is around the pictures.
    const settings = ["ENVIRONMENT:development", "FORMATS:jxl,webp", "FIDELITY:exact"];
    server = await startServe(origin.url, folder, settings);
    page = await openChromium();
  });

  afterAll(async () => {
    await page?.close();
    await server?.stop();
    origin?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const show = async (path: string, scheme: string, width: number): Promise<void> => {
    await page.call("Emulation.setDeviceMetricsOverride", {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await page.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    await page.open(server.url + path);
  };

  const isComplete = `document.querySelectorAll("#clients tr").length > 20
    && document.querySelectorAll("#files li").length > 1 && document.querySelector("#right-image").naturalWidth > 0`;

  const showInspector = async (scheme = "light", width = 1280, path = inspected): Promise<void> => {
    await show(`/_imaging/?url=${path}`, scheme, width);
    await waitFor(page, isComplete);
  };

  const violations = async (): Promise<readonly string[]> => {
    await page.evaluate(`${axe}; 0`);
    const found = await page.evaluate<readonly Violation[]>("axe.run().then(({ violations }) => violations)");
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  };

  /** A key, as a keyboard sends it. */
  const press = async (key: string, code = key, windowsVirtualKeyCode = 0): Promise<void> => {
    const event = { key, code, windowsVirtualKeyCode, ...(key === " " ? { text: " " } : {}) };
    await page.call("Input.dispatchKeyEvent", { type: key === " " ? "keyDown" : "rawKeyDown", ...event });
    await page.call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  };

  const focus = (id: string): Promise<void> => page.evaluate(`document.querySelector("#${id}").focus()`);

  /** No part of the page is wider than the window. */
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

  test.each([
    ["light", 1280],
    ["dark", 390],
  ])("the gallery has no fault for axe-core (%s, %i px)", async (scheme, width) => {
    await show("/", scheme, width);
    await waitFor(page, 'document.querySelectorAll(".card img").length > 10');
    expect(await violations()).toEqual([]);
    expect(await page.evaluate(overflow)).toBe(0);
    expect(await page.takeErrors()).toEqual([]);
  });

  /** Cells of the table of clients of which some part is outside of the window, or that nothing shows. */
  const hiddenCells = `[...document.querySelectorAll("#clients :is(th, td)")].filter((cell) => {
    const { left, right, width } = cell.getBoundingClientRect();
    return left < 0 || right > innerWidth || width === 0 || cell.scrollWidth > cell.clientWidth;
  }).length`;

  test.each([
    ["light", 390],
    ["dark", 1280],
  ])("the inspector has no fault for axe-core (%s, %i px)", async (scheme, width) => {
    await showInspector(scheme, width);
    expect(await violations()).toEqual([]);
    expect(await page.evaluate(overflow)).toBe(0);
    expect(await page.evaluate(hiddenCells)).toBe(0);
    expect(await page.takeErrors()).toEqual([]);
  });

  test("where the original was the first answer, only what this browser gets in the end is called that", async () => {
    await showInspector("light", 1280, "/graphics/sailing.gif");
    const own = '[...document.querySelectorAll("#files [data-own=yes] strong")].map(({ textContent }) => textContent)';
    expect(await page.evaluate(own)).toEqual(["WebP (this browser)"]);
    expect(await page.evaluate('[...document.querySelector("#left").options].map(({ text }) => text)')).toEqual([
      "Original, GIF",
      "WebP",
    ]);
  });

  test("without a picture there is nothing to compare, and no empty part of the page", async () => {
    await show("/_imaging/?url=/photos/missing.jpg", "light", 390);
    await waitFor(page, '!document.querySelector("#result").hidden');
    const said = await page.evaluate<string>('document.querySelector("main").innerText');
    expect(said).toMatch(/The origin's own answer is passed on: the origin answered with status 404\./);
    expect(said).not.toMatch(/Compare|Who gets what|You get/);
  });

  test("the page of savings has no fault for axe-core (dark, 390 px)", async () => {
    await show("/_imaging/stats", "dark", 390);
    expect(await page.evaluate("document.title")).not.toBe("");
    expect(await violations()).toEqual([]);
    expect(await page.evaluate(overflow)).toBe(0);
    expect(await page.takeErrors()).toEqual([]);
  });

  describe("one visit to the inspector", () => {
    beforeAll(() => showInspector());

    test("it says what this browser gets", async () => {
      const summary = await page.evaluate<string>('document.querySelector("#summary").textContent');
      expect(summary).toMatch(/^You use Chrome \d+\. You get: JPEG XL of [\d.]+ kB in place of JPEG of [\d.]+ kB/);
      const own = await page.evaluate<string>('document.querySelector("#clients tr").textContent');
      expect(own).toMatch(/JPEG XL/);
    });

    test("it says what the original is", async () => {
      const facts = await page.evaluate<string>('document.querySelector("#facts").textContent');
      expect(facts).toMatch(/Dimensions\d+ × \d+OriginalJPEG, [\d.]+ kBQuality of the original45\D/);
    });

    test("the slider moves by the arrow keys", async () => {
      await focus("split");
      for (let times = 0; times < 4; times++) await press("ArrowRight", "ArrowRight", 39);
      const split = 'document.querySelector("#pair").style.getPropertyValue("--split")';
      expect(await page.evaluate(split)).toBe("52%");
      await press("Home", "Home", 36);
      expect(await page.evaluate(split)).toBe("0%");
    });

    test("the zoom shows pixels as squares, by the keyboard", async () => {
      const size =
        'getComputedStyle(document.querySelector("#right-image")).width + " " + getComputedStyle(document.querySelector("#right-image")).imageRendering';
      const natural = await page.evaluate<number>('document.querySelector("#right-image").naturalWidth');
      await focus("zoom");
      await press("ArrowDown", "ArrowDown", 40);
      expect(await page.evaluate(size)).toBe(`${natural}px auto`);
      await press("End", "End", 35);
      expect(await page.evaluate(size)).toBe(`${natural * 8}px pixelated`);
    });

    test("the difference is nothing between a file and itself, and something to another one", async () => {
      const mean = `(() => {
      const canvas = document.querySelector("#difference-image");
      if (canvas.hidden) return -1;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((sum, value, at) => at % 4 === 3 ? sum : sum + value, 0) / (data.length / 4 * 3);
    })()`;
      expect(await page.evaluate(mean)).toBe(-1);
      await focus("difference");
      await press(" ", "Space", 32);
      await waitFor(page, `${mean} >= 0`);
      // The same coefficients, in two decoders.
      expect(await page.evaluate<number>(mean)).toBeLessThan(1);
      await page.evaluate(`(() => {
      const left = document.querySelector("#left");
      left.value = document.querySelector("#right").value;
      left.dispatchEvent(new Event("change"));
    })()`);
      await waitFor(page, `${mean} === 0`);
    });

    test("everything can be reached by the tabulator key, in the order of the page", async () => {
      await focus("url");
      const reached: string[] = [];
      for (let times = 0; times < 40; times++) {
        await press("Tab", "Tab", 9);
        reached.push(await page.evaluate<string>("document.activeElement.id || document.activeElement.tagName"));
        if (reached.at(-1) === "BODY") break;
      }
      const order = ["refresh", "purge", "left", "right", "zoom", "difference", "stage", "split"];
      expect(reached.filter((id) => order.includes(id))).toEqual(order);
    });

    test("a refresh purges the picture, and says so", async () => {
      await focus("purge");
      await press(" ", "Space", 32);
      await waitFor(page, 'document.querySelector("#action-status").textContent.startsWith("Purged")');
      expect(await page.takeErrors()).toEqual([]);
    });
  });
});
