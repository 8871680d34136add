/** `edge-imaging audit` and `warm` over a small site: pages, srcset, a style sheet, robots.txt, site maps. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { photo, pngOf, transparency } from "../support/pictures.ts";
import { bytes, html, jpeg, png, type ScriptedOrigin, startScriptedOrigin } from "../support/scripted-origin.ts";

const program = fileURLToPath(new URL("../../cli/edge-imaging.ts", import.meta.url));
const textOf = (text: string, type: string) => bytes(Buffer.from(text), type);

let site: ScriptedOrigin;
let folder: string;
let edge: Edge | undefined;

beforeAll(async () => {
  site = await startScriptedOrigin();
  folder = await mkdtemp(join(tmpdir(), "edge-imaging-audit-"));
  site.on(
    "/robots.txt",
    textOf("User-agent: *\nDisallow: /private\nSitemap: " + site.url + "/sitemaps.xml", "text/plain"),
  );
  const page = `<link rel=stylesheet href=/all.css><img src="/photo.jpg" srcset="small.jpg 1x, data:image/png;base64,AA 2x">
    <img src="/private/photo.jpg"><img src="/missing.jpg"><a href="/second">`;
  site.on("/", html(page));
  site.on("/second", html('<img src="/logo.png">'));
  site.on("/nothing/", html("<p>no image</p>"));
  site.on("/all.css", textOf("body { background: url(ground.jpg) }", "text/css"));
  const index = `<sitemapindex><sitemap><loc>${site.url}/sitemap.xml</loc></sitemap></sitemapindex>`;
  site.on("/sitemaps.xml", textOf(index, "application/xml"));
  const map = `<urlset><url><loc>${site.url}/second</loc><image:image><image:loc>${site.url}/photo.jpg</image:loc></image:image></url></urlset>`;
  site.on("/sitemap.xml", textOf(map, "application/xml"));
  for (const name of ["/photo.jpg", "/small.jpg", "/ground.jpg", "/private/photo.jpg"])
    site.on(name, jpeg(await photo()));
  site.on("/logo.png", png(await pngOf(transparency(96, 64))));
});

afterAll(async () => {
  await edge?.close();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

function run(
  ...options: readonly string[]
): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...options], (error, output, errors) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output, errors });
    });
  });
}

interface AuditOutput {
  readonly images: readonly {
    readonly url: string;
    readonly source: { readonly format: string; readonly bytes: number };
    readonly classes: readonly { readonly name: string; readonly format: string; readonly bytes: number }[];
  }[];
  readonly failures: readonly string[];
}

test("audit finds what a site shows, asks for each once, and says what would be saved", async () => {
  const report = join(folder, "report.html");
  const { code, output } = await run("audit", `${site.url}/`, "--delay", "1", "--json", "--html", report);
  const { images, failures } = JSON.parse(output) as AuditOutput;
  expect(code).toBe(0);
  const paths = images.map(({ url }) => url.slice(site.url.length)).toSorted();
  expect(paths).toEqual(["/ground.jpg", "/logo.png", "/photo.jpg", "/small.jpg"]);
  expect(failures).toEqual([`${site.url}/missing.jpg: status 404`]);
  expect(site.count("/private/photo.jpg")).toBe(0);
  for (const path of paths) expect(site.count(path), path).toBe(1);
  for (const { source, classes } of images.filter(({ source: { format } }) => format === "jpeg")) {
    expect(classes.map(({ name }) => name)).toEqual(["JPEG XL", "AVIF", "WebP", "older"]);
    for (const each of classes) expect(each.bytes, each.name).toBeLessThanOrEqual(source.bytes);
    expect(Math.min(...classes.map((each) => each.bytes))).toBeLessThan(source.bytes);
  }
  const written = await readFile(report, "utf8");
  expect(written).toContain("data:image/webp;base64,");
  expect(written).not.toMatch(/<script|src="http/);
});

test("an audit of a site map without images says how to name some, in place of an empty table", async () => {
  const { code, output, errors } = await run("audit", "--sitemap", `${site.url}/nothing/`, "--delay", "1");
  expect([code, output]).toEqual([1, ""]);
  for (const part of ["no images", "--list", "--sitemap"]) expect(errors).toContain(part);
});

test("warm ends when all are final, and another run leaves out what is done", async () => {
  edge = await startEdge({ vars: { ORIGIN: site.url, FORMATS: "webp" } });
  const [list, done] = [join(folder, "list"), join(folder, "done")];
  await writeFile(list, `# two images\n${edge.url}/photo.jpg\n\n${edge.url}/logo.png\n`);
  const first = await run("warm", "--list", list, "--done", done, "--json");
  expect([first.code, JSON.parse(first.output)]).toMatchObject([
    0,
    { images: 2, skipped: 0, unfinished: 0, answers: 8 },
  ]);
  const second = await run("warm", "--list", list, "--done", done, "--json");
  expect([second.code, JSON.parse(second.output)]).toMatchObject([0, { images: 2, skipped: 2, answers: 0 }]);
  const third = await run("warm", "--list", list, "--json");
  expect(JSON.parse(third.output)).toMatchObject({ answers: 8, hits: 8 });
});

test("compare says what would become of files on this computer", async () => {
  const [picture, sheet] = [join(folder, "picture.jpg"), join(folder, "sheet.html")];
  const original = await photo();
  await writeFile(picture, original);
  const { code, output } = await run("compare", picture, "--json", "--html", sheet);
  const [compared] = JSON.parse(output) as [
    { source: object; classes: { name: string; bytes: number; score?: number }[] },
  ];
  expect([code, compared.source]).toEqual([0, { format: "jpeg", bytes: original.length }]);
  const webp = compared.classes.find(({ name }) => name === "WebP");
  expect(webp?.bytes).toBeLessThan(original.length);
  expect(webp?.score).toBeGreaterThan(50);
  expect(await readFile(sheet, "utf8")).toContain("WebP: webp");
  expect((await run("compare", join(folder, "nothing.jpg"))).code).toBe(2);
});
