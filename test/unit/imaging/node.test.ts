import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A script of Node.js that knows nothing of the library but its interface. */
const script = `
import { readFileSync } from "node:fs";
import { startImaging } from "./node/imaging.ts";
import { probeImage } from "./src/imaging/probe/probe.ts";

const imaging = await startImaging();
const bytes = new Uint8Array(readFileSync("test/fixtures/stream.jpg"));
const image = imaging.open(bytes, await probeImage(bytes), "none");
const { pixels } = await image.decode();
const sizes = [bytes.length];
for (const recipe of [
  { kind: "encode", settings: { format: "webp", lossless: false, coder: "libwebp", method: 4, sharpYuv: false, quality: 75 } },
  { kind: "recompress", format: "jpeg", exact: true },
]) {
  const made = await image.make(recipe);
  if (made.kind !== "made") throw made;
  sizes.push(made.bytes.length);
}
image.close();
console.log(JSON.stringify({ width: pixels.width, height: pixels.height, sizes }));
`;

it("decodes, optimises and encodes in Node.js by its public door", () => {
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: root,
    encoding: "utf8",
  });
  const { width, height, sizes } = JSON.parse(output) as { width: number; height: number; sizes: number[] };
  const [source = 0, webp = 0, jpeg = 0] = sizes;
  expect(width * height).toBeGreaterThan(0);
  expect(webp).toBeGreaterThan(0);
  expect(webp).toBeLessThan(source);
  expect(jpeg).toBeGreaterThan(0);
  expect(jpeg).toBeLessThanOrEqual(source);
});
