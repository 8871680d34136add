import sharp from "sharp";
import { expect, it } from "vitest";
import { decodePicture, type Decoders } from "../../../../src/imaging/decode/decode.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";

/** Of a lossless WebP without other chunks: bit 28 after the signature byte says whether there is transparency. */
const alphaByte = 24;
const alphaBit = 0x10;

it.each([
  ["transparent", 100, true],
  ["opaque", 255, false],
])("takes a WebP that calls itself opaque for damaged where its pixels are not: %s", async (_, alpha, isRefused) => {
  const [width, height] = [9, 7];
  const samples = Buffer.alloc(4 * width * height, Buffer.of(9, 99, 199, alpha));
  const image = sharp(samples, { raw: { width, height, channels: 4 } });
  const file = Uint8Array.from(await image.webp({ lossless: true }).toBuffer());
  file[alphaByte] &= ~alphaBit;
  const facts = await probeImage(file);
  if (facts === undefined) throw new Error("no WebP");
  expect(facts).toMatchObject({ format: "webp", alpha: false });
  // As libwebp reads such a file.
  const pixels = { data: new Uint8ClampedArray(samples), width, height };
  const decoders = { webp: { decode: async () => pixels } } as unknown as Decoders;
  const decoding = decodePicture(file, facts, decoders, async () => undefined);
  if (isRefused) await expect(decoding).rejects.toMatchObject({ kind: "damaged", format: "webp" });
  else expect((await decoding).pixels.data).toEqual(pixels.data);
});
