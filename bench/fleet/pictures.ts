import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const folder = fileURLToPath(new URL("../../demo/public/photos", import.meta.url));

/** Different JPEGs of one megapixel, quality 88: parts of the demo's photographs. */
export async function makePictures(count: number): Promise<readonly Buffer[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".jpg"));
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const file = join(folder, files[index % files.length] ?? "");
      const turn = Math.floor(index / files.length);
      const part = { left: turn * 3, top: turn * 2, width: 1224, height: 816 };
      return sharp(file).resize(1300, 860, { fit: "cover" }).extract(part).jpeg({ quality: 88 }).toBuffer();
    }),
  );
}

export interface CountingOrigin {
  readonly url: string;
  /** Requests so far. */
  count(): number;
  close(): Promise<void>;
}

/** Serves the pictures as `/0.jpg`, `/1.jpg`, …, fresh for a day. */
export async function startOrigin(pictures: readonly Buffer[]): Promise<CountingOrigin> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const picture = pictures[Number(/^\/(\d+)\.jpg/.exec(request.url ?? "")?.[1])];
    const fields = { "content-type": "image/jpeg", "cache-control": "public, max-age=86400" };
    if (picture === undefined) response.writeHead(404).end();
    else response.writeHead(200, { ...fields, "content-length": picture.length }).end(picture);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => requests,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
