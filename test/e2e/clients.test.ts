/**
 * Every client of the shared list, with its own User-Agent and Accept, against what it truly decodes. The list is kept
 * apart from the project and says nothing of how the Worker decides.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verdictOf } from "../support/answer.ts";
import { startEdge } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { sniff } from "../support/expect-picture.ts";
import { animation, photo, pngOf, transparency } from "../support/pictures.ts";
import { bytes, jpeg, png, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

interface Client {
  readonly id: string;
  readonly name: string;
  readonly ua: string | null;
  readonly accept: string | null;
  /** 1, 0, `lossy-only`, `still-only` or `partial` per format; `webpAnim` and `avifAnim` for their animations. */
  readonly decode: Readonly<Record<string, number | string>>;
  /** `assumed` where nobody has seen the header on the wire. */
  readonly acceptConfidence: string;
}

const list = fileURLToPath(new URL("../../../shared/browsers.json", import.meta.url));
const hasList = existsSync(list);
const clients = hasList ? (JSON.parse(readFileSync(list, "utf8")) as { entries: readonly Client[] }).entries : [];

/** Clients that get less than they show, and why. */
const withheld: Readonly<Record<string, string>> = {
  "opera-01": "its Accept names WebP, of which it shows stills only, and does not say that this is about stills",
};

const sources = ["/photo.jpg", "/transparent.png", "/animated.gif"] as const;
const made = ["avif", "webp", "jxl"] as const;

let origin: ScriptedOrigin;
let edge: Edge;
const originals = new Map<string, Buffer>();
/** By source: each file that exists, the original first. */
const files = new Map<string, readonly Buffer[]>();

beforeAll(async () => {
  if (!hasList) return;
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url, EAGER: "" } });
  originals.set("/photo.jpg", await photo());
  originals.set("/transparent.png", await pngOf(transparency(160, 120)));
  originals.set("/animated.gif", await animation("gif"));
  origin.on("/photo.jpg", jpeg(originalOf("/photo.jpg")));
  origin.on("/transparent.png", png(originalOf("/transparent.png")));
  origin.on("/animated.gif", bytes(originalOf("/animated.gif"), "image/gif"));
  for (const source of sources) {
    const found = [originalOf(source)];
    for (const format of made) {
      const { body } = await edge.settle(source, `image/${format}`);
      if (sniff(body) === format) found.push(body);
    }
    files.set(source, found);
  }
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

function originalOf(source: string): Buffer {
  const original = originals.get(source);
  if (original === undefined) throw new Error(`no source ${source}`);
  return original;
}

/** Whether the client shows this file, by the list; of a partial support only what every reading of it includes. */
function canShow({ decode }: Client, body: Buffer): boolean {
  const format = sniff(body);
  const support = decode[format] ?? 0;
  if (support === 0 || support === 1) return support === 1;
  const isAnimated = format === "webp" && body.includes("ANIM");
  const isLossy = format === "webp" && !body.includes("VP8L") && !body.includes("ALPH");
  return support === "lossy-only" ? isLossy && !isAnimated : !isAnimated;
}

/**
 * The quality that Accept gives a type by its most specific range (RFC 9110 §12.5.1); 1 for no header or an empty one.
 * A range with parameters of its own is about files that have these parameters too, and none of ours has any.
 */
function qualityOf(accept: string | null, type: string): number {
  if (accept === null || accept.trim() === "") return 1;
  const ranges = accept
    .toLowerCase()
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .filter((range) => !/^[^;]*;\s*(?!q\s*=)\S/.test(range))
    .map((range) => ({
      type: range.split(";")[0]?.trim(),
      q: Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? "1"),
    }));
  const best = [type, "image/*", "*/*"].flatMap((wanted) => ranges.find((range) => range.type === wanted) ?? [])[0];
  return best?.q ?? 0;
}

const headersOf = ({ ua }: Client): Record<string, string> => (ua === null ? {} : { "user-agent": ua });

/** What the client gets in the end; a header that is not sent at all counts as one. */
async function askAs(client: Client, source: string): Promise<{ body: Buffer; seen: string }> {
  const answer =
    client.accept === null
      ? await edge.get(source, null, headersOf(client))
      : await edge.settle(source, client.accept, headersOf(client));
  const seen = `${client.name} (${client.accept?.slice(0, 200)}): ${answer.headers["edge-imaging"]}`;
  expect(answer.status, seen).toBe(200);
  expect(verdictOf(answer)["format"], seen).toBe(sniff(answer.body));
  const format = sniff(answer.body);
  // The name that JPEG XR had when Internet Explorer learnt it.
  const names = format === "jxr" ? ["image/jxr", "image/vnd.ms-photo"] : [`image/${format}`];
  expect(names, seen).toContain(answer.headers["content-type"]);
  return { body: answer.body, seen };
}

/** The list is no part of the project: without it these tests cannot be run, and say so. */
describe.skipIf(!hasList)("each client of ../shared/browsers.json", () => {
  test("the list is whole, and each source has the variants that clients differ by", () => {
    expect(clients.length).toBeGreaterThanOrEqual(98);
    const formats = sources.map((source) => (files.get(source) ?? []).map(sniff));
    expect(formats[0]).toEqual(expect.arrayContaining(["jpeg", "avif", "webp"]));
    expect(formats[1]).toEqual(expect.arrayContaining(["png", "webp"]));
    expect(formats[2]).toEqual(expect.arrayContaining(["gif"]));
  });

  test.each(clients.map((client) => [client.id, client.name, client] as const))(
    "%s, %s: nothing that it cannot show or that its Accept refuses",
    async (_id, _name, client) => {
      for (const source of sources) {
        const { body, seen } = await askAs(client, source);
        // The site's own format needs no proof: without the Worker the client would have got just that.
        if (sniff(body) === sniff(originalOf(source))) continue;
        expect(canShow(client, body), seen).toBe(true);
        expect(qualityOf(client.accept, `image/${sniff(body)}`), seen).toBeGreaterThan(0);
      }
    },
  );

  test.each(sources)("%s: the smallest file that it shows, in at least 98 of 100", async (source) => {
    const known = clients.filter(({ id, acceptConfidence }) => acceptConfidence !== "assumed" && !(id in withheld));
    expect(known.length).toBeGreaterThan(50);
    const misses: string[] = [];
    for (const client of known) {
      const possible = (files.get(source) ?? []).filter(
        (file) => canShow(client, file) && qualityOf(client.accept, `image/${sniff(file)}`) > 0,
      );
      const smallest = Math.min(originalOf(source).length, ...possible.map(({ length }) => length));
      const { body, seen } = await askAs(client, source);
      if (body.length > smallest) misses.push(`${seen}, ${smallest} bytes were possible`);
    }
    expect(misses.length / known.length, misses.join("\n")).toBeLessThanOrEqual(0.02);
  });
});
