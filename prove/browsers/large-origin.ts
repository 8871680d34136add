/** An origin of one JPEG of 24 megapixels: photographs of the demo, enlarged and side by side. */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { listen, type LocalServer } from "../../test/support/local-server.ts";
import sharp from "sharp";

const [columns, rows] = [3, 3];
const [tileWidth, tileHeight] = [2000, 1334];
const photographs = ["lighthouse.jpg", "macaws.jpg", "red-barn.jpg"];

export const largePath = "/24-megapixels.jpg";

export async function startLargeOrigin(): Promise<LocalServer> {
  const jpeg = await drawMosaic();
  const server = createServer((request, response) => {
    const isThere = request.url === largePath;
    response.writeHead(isThere ? 200 : 404, { "content-type": "image/jpeg", "cache-control": "max-age=86400" });
    response.end(isThere ? jpeg : undefined);
  });
  return listen(server);
}

async function drawMosaic(): Promise<Buffer> {
  const tiles = await Promise.all(
    photographs.map((name) =>
      sharp(fileURLToPath(new URL(`../../demo/public/photos/${name}`, import.meta.url)))
        .resize(tileWidth, tileHeight, { fit: "cover" })
        .toBuffer(),
    ),
  );
  const placed = Array.from({ length: columns * rows }, (_, at) => ({
    input: tiles[(at + Math.floor(at / columns)) % tiles.length],
    left: (at % columns) * tileWidth,
    top: Math.floor(at / columns) * tileHeight,
  }));
  const [width, height] = [columns * tileWidth, rows * tileHeight];
  return sharp({ create: { width, height, channels: 3, background: "gray" } })
    .composite(placed)
    .jpeg({ quality: 88 })
    .toBuffer();
}
