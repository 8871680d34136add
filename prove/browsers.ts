/** The demo gallery and the inspector in browsers of three engines. Debian: chromium, firefox-esr, webkit2gtk-driver, xvfb. */
import { startDevServer } from "../test/support/dev-server.ts";
import { openChromium } from "../test/support/engines/chromium.ts";
import { type Engine, waitFor } from "../test/support/engines/engine.ts";
import { openFirefox } from "../test/support/engines/firefox.ts";
import { openWebKit } from "../test/support/engines/webkit.ts";
import { isGalleryComplete, isInspectorComplete, type Look, lookAt, shownInGallery } from "./browsers/look.ts";
import { largePath, startLargeOrigin } from "./browsers/large-origin.ts";
import { type Exchange, type RecordingProxy, startRecordingProxy } from "./browsers/recording-proxy.ts";
import type { Proof } from "./record.ts";

const engines: readonly (() => Promise<Engine>)[] = [
  () => openChromium(),
  () => openFirefox("Firefox ESR"),
  () => openFirefox("Firefox ESR, JPEG XL on", { "image.jxl.enabled": true }),
  () => openWebKit(),
];

/** What the demo shows; the page's script is plain JavaScript. */
const { pictures } = (await import(new URL("../demo/public/gallery/pictures.js", import.meta.url).href)) as {
  pictures: readonly { readonly path: string }[];
};

/** Mean difference of 255 up to which the pictures count as the same: fine texture at our qualities has 4.5 in all engines, a shift by a pixel more. */
const maxDifference = 5;
/** How much smaller the picture of 24 megapixels is compared. */
const largeScale = 4;

/**
 * An engine may draw the original otherwise than we read it, so that its picture is no measure: print colours, which each
 * converts in its own way.
 */
const unlike = ["/photos/caps-cmyk.jpg"];

interface Seen extends Look {
  readonly path: string;
  readonly exchange: Exchange | undefined;
}

interface Visit {
  readonly engine: string;
  readonly version: string;
  readonly seen: readonly Seen[];
  readonly inGallery: number;
  readonly summary: string;
  readonly errors: readonly string[];
}

export async function run(): Promise<Proof> {
  const origin = await startLargeOrigin();
  const server = await startDevServer();
  const large = await startDevServer(["--var", `ORIGIN:${origin.url}`]);
  const visits: Visit[] = [];
  try {
    for (const open of engines) {
      const [proxy, largeProxy] = [await startRecordingProxy(server.url), await startRecordingProxy(large.url)];
      const engine = await open();
      try {
        visits.push(await visit(engine, proxy, largeProxy));
      } finally {
        await engine.close();
        proxy.close();
        largeProxy.close();
      }
    }
  } finally {
    await Promise.all([server.close(), large.close()]);
    origin.close();
  }
  return { tables: [tableOfEngines(visits), tableOfPictures(visits)], failures: visits.flatMap(failuresOf) };
}

async function visit(engine: Engine, proxy: RecordingProxy, large: RecordingProxy): Promise<Visit> {
  await engine.open(`${proxy.url}/`);
  await waitFor(engine, isGalleryComplete);
  const inGallery = await engine.evaluate<number>(shownInGallery);
  const seen: Seen[] = [];
  for (const { path } of pictures) seen.push(await see(engine, proxy, path));
  const errors = [...(await engine.takeErrors())];
  await engine.open(`${proxy.url}/_imaging/?url=/photos/lighthouse.jpg`);
  await waitFor(engine, isInspectorComplete);
  const summary = await engine.evaluate<string>('document.querySelector("#summary").textContent');
  errors.push(...(await engine.takeErrors()));
  await engine.open(`${large.url}/_imaging/`);
  seen.push(await see(engine, large, largePath, largeScale));
  return { engine: engine.name, version: engine.version, seen, inGallery, summary, errors };
}

/** Looks until the file is final, as the engine's own request for an image gets it. */
async function see(engine: Engine, proxy: RecordingProxy, path: string, scale = 1): Promise<Seen> {
  for (let tries = 0; ; tries++) {
    const look = await engine.evaluate<Look>(lookAt(path, scale));
    const exchange = proxy.last(path);
    if (exchange?.reason !== "interim" || tries === 60) return { path, ...look, exchange };
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

function formatOf({ exchange }: Seen): string {
  return (exchange?.type ?? "").replace(/^image\//, "").replace(/;.*/, "");
}

function failuresOf({ engine, seen, inGallery, summary, errors }: Visit): string[] {
  const failures = errors.map((error) => `${engine} reports an error: ${error}`);
  if (inGallery !== pictures.length) failures.push(`${engine} shows ${inGallery} of ${pictures.length} in the gallery`);
  if (summary === "") failures.push(`the inspector says nothing in ${engine}`);
  for (const each of seen) {
    const { path, width, difference, exchange } = each;
    const format = formatOf(each);
    if (width === 0) failures.push(`${engine} does not show ${path} (${format})`);
    if (difference !== null && difference > maxDifference && !unlike.includes(path))
      failures.push(`${engine} draws ${path} (${format}) ${difference.toFixed(1)} away from the original`);
    if (path === largePath && !["jxl", "webp"].includes(format))
      failures.push(`${engine} gets 24 megapixels as ${format}`);
    const isNew = ["jxl", "avif", "webp"].includes(format);
    if (isNew && exchange?.accept.includes(`image/${format}`) !== true)
      failures.push(`${engine} gets ${path} as ${format}, which it does not list`);
  }
  return failures;
}

function tableOfEngines(visits: readonly Visit[]): Proof["tables"][number] {
  const count = (seen: readonly Seen[]): string => {
    const formats = seen.map(formatOf);
    return [...new Set(formats)]
      .map((format) => `${formats.filter((each) => each === format).length} ${format}`)
      .join(", ");
  };
  return {
    head: [
      "engine",
      "version",
      "`Accept` of its image requests",
      "gets",
      "shown in the gallery",
      "errors in the console",
    ],
    rows: visits.map(({ engine, version, seen, inGallery, errors }) => [
      engine,
      version,
      `\`${seen[0]?.exchange?.accept ?? ""}\``,
      count(seen),
      `${inGallery} of ${pictures.length}`,
      String(errors.length),
    ]),
  };
}

function tableOfPictures(visits: readonly Visit[]): Proof["tables"][number] {
  return {
    head: ["picture", ...visits.map(({ engine }) => engine)],
    rows: [...pictures, { path: largePath }].map(({ path }) => [
      path,
      ...visits.map(({ seen }) => {
        const each = seen.find((other) => other.path === path);
        if (each === undefined) return "–";
        return `${formatOf(each)} ${each.difference === null ? "–" : each.difference.toFixed(2)}`;
      }),
    ]),
  };
}
