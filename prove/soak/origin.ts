/** An origin of pictures that change, in front of which everything goes wrong. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { type Chaos, pause, slowMs } from "./chaos.ts";

const folder = fileURLToPath(new URL("../../demo/public/photos", import.meta.url));

export type SourceFormat = "jpeg" | "png" | "webp";
const formats: readonly SourceFormat[] = ["jpeg", "jpeg", "jpeg", "png", "webp"];

export interface SoakPicture {
  readonly path: string;
  readonly format: SourceFormat;
  /** Of no other picture. */
  readonly width: number;
  /** Of the first version; each further one is a row higher. */
  readonly height: number;
  version: number;
  bytes: Buffer<ArrayBuffer>;
  etag: string;
}

export interface SoakOrigin {
  readonly url: string;
  readonly pictures: readonly SoakPicture[];
  fetch(request: Request): Promise<Response>;
  requests(): number;
}

const smallest = 140;
const height = 110;
const versions = 6;

async function paint(
  picture: Pick<SoakPicture, "format" | "width" | "height" | "version">,
): Promise<Buffer<ArrayBuffer>> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".jpg"));
  const source = sharp(join(folder, files[picture.width % files.length] ?? ""));
  const sized = source.resize(picture.width, picture.height + picture.version, { fit: "cover" });
  const made =
    picture.format === "jpeg"
      ? sized.jpeg({ quality: 88 })
      : picture.format === "png"
        ? sized.png()
        : sized.webp({ lossless: true });
  return Buffer.from(await made.toBuffer());
}

const tagOf = (bytes: Uint8Array): string => `"${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}"`;

const faults = {
  "is slow": 0.05,
  "does not answer": 0.02,
  "cuts the body": 0.02,
  "says 503": 0.03,
  "says 429": 0.01,
  "has another ETag": 0.03,
  "states a wrong length": 0.02,
  redirects: 0.05,
  "has another version": 0.01,
} as const;

export async function createSoakOrigin(chaos: Chaos, count: number): Promise<SoakOrigin> {
  const pictures = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<SoakPicture> => {
      const format = formats[index % formats.length] ?? "jpeg";
      const picture = { format, width: smallest + index, height, version: 0 };
      const bytes = await paint(picture);
      return { ...picture, path: `/${index}.${format}`, bytes, etag: tagOf(bytes) };
    }),
  );
  let requests = 0;
  const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
  const url = "http://origin.test";

  const renew = async (picture: SoakPicture): Promise<void> => {
    const version = (picture.version + 1) % versions;
    const bytes = await paint({ ...picture, version });
    Object.assign(picture, { version, bytes, etag: tagOf(bytes) });
  };

  const answer = async (request: Request): Promise<Response> => {
    requests += 1;
    const { pathname } = new URL(request.url);
    const isMoved = pathname.startsWith("/moved/");
    const picture = byPath.get(isMoved ? pathname.slice("/moved".length) : pathname);
    if (picture === undefined) return new Response("nothing", { status: 404 });
    const struck = chaos.strike("origin", faults);
    if (struck === "has another version") await renew(picture);
    if (struck === "has another ETag") picture.etag = `"${picture.version}-${requests}"`;
    if (struck === "is slow") await pause(chaos.below(2 * slowMs));
    if (struck === "does not answer") throw new TypeError("Network connection lost.");
    if (struck === "says 503" || struck === "says 429")
      return new Response("later", { status: Number(struck.slice(5)) });
    if (struck === "redirects" && !isMoved) {
      return new Response(null, {
        status: 302,
        headers: { location: `/moved${pathname}`, "cache-control": "max-age=60" },
      });
    }
    const { bytes, etag, format } = picture;
    const headers = new Headers({ etag, "content-type": `image/${format}`, "cache-control": "public, max-age=40" });
    if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
    headers.set("content-length", String(struck === "states a wrong length" ? bytes.length + 10 : bytes.length));
    if (struck !== "cuts the body") return new Response(bytes, { headers });
    let isFirst = true;
    const cut = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (isFirst) controller.enqueue(bytes.subarray(0, bytes.length >> 1));
        else controller.error(new TypeError("Network connection lost."));
        isFirst = false;
      },
    });
    return new Response(cut, { headers });
  };
  return { url, pictures, fetch: answer, requests: () => requests };
}
