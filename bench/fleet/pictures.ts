import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { Call } from "../../scripts/fleet/workers/counted-bucket.ts";

const folder = fileURLToPath(new URL("../../demo/public/photos", import.meta.url));

/** Different JPEGs of so many megapixels (in turn), 3:2, quality 88: parts of the demo's photographs. */
export async function makePictures(count: number, megapixels: readonly number[]): Promise<readonly Buffer[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".jpg"));
  const pictures: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const file = join(folder, files[index % files.length] ?? "");
    const turn = Math.floor(index / files.length);
    const height = Math.round(Math.sqrt(((megapixels[index % megapixels.length] ?? 1) * 1e6) / 1.5));
    const width = Math.round(height * 1.5);
    const part = { left: turn * 3, top: turn * 2, width, height };
    const whole = sharp(file).resize(width + 76, height + 44, { fit: "cover" });
    pictures.push(await whole.extract(part).jpeg({ quality: 88 }).toBuffer());
  }
  return pictures;
}

export interface CountingOrigin {
  readonly url: string;
  /** Requests so far. */
  count(): number;
  /** All requests with their times. */
  calls(): readonly Call[];
  close(): Promise<void>;
}

/** Serves the pictures as `/0.jpg`, `/1.jpg`, …, fresh for a day. */
export async function startOrigin(pictures: readonly Buffer[]): Promise<CountingOrigin> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const from = Date.now();
    response.on("close", () => calls.push({ what: "source", from, until: Date.now() }));
    const picture = pictures[Number(/^\/(\d+)\.jpg/.exec(request.url ?? "")?.[1])];
    const fields = { "content-type": "image/jpeg", "cache-control": "public, max-age=86400" };
    if (picture === undefined) response.writeHead(404).end();
    else response.writeHead(200, { ...fields, "content-length": picture.length }).end(picture);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => calls.length,
    calls: () => calls,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
