/** Presets of whole pictures, drawn in workerd with the packaged decoders. */
import { describe, expect, test } from "vitest";
import { createImaging } from "../../../src/imaging/create-imaging.ts";
import { predictRendering } from "../../../src/imaging/cost/rendering.ts";
import { frameOf, type Rendering, uprightSize } from "../../../src/imaging/model/rendering.ts";
import { probeImage } from "../../../src/imaging/probe/probe.ts";
import { type PictureName, pictureOf } from "../../support/provided.ts";

const imaging = createImaging();
const thumb: Rendering = { width: 60, height: 60, fit: "contain", quality: 85, sharpen: undefined };

describe("render()", () => {
  test.each([
    ["webp", "jpeg"],
    ["avif", "jpeg"],
    ["cmyk", "jpeg"],
    ["tiff", "jpeg"],
    ["photoPng", "jpeg"],
    ["WebP with alpha", "png"],
    ["logo", "png"],
  ] as const satisfies readonly (readonly [PictureName, string])[])("makes of %s a %s", async (name, format) => {
    const bytes = pictureOf(name);
    const facts = await probeImage(bytes);
    if (facts === undefined) throw new Error("not a picture");
    const image = imaging.open(bytes, facts, "none");
    const made = await image.render(thumb);
    if (made.kind !== "made") throw new Error(`${made.kind}: ${String(made.cause)}`);
    const { width, height } = frameOf(thumb, uprightSize(facts));
    expect(await probeImage(made.bytes)).toMatchObject({ format, width, height, orientation: 1 });
    expect(predictRendering(facts, bytes.length, thumb).peakBytes).toBeLessThan(60e6);
    // The mean colour is that of the picture.
    const [drawn, whole] = await Promise.all([meanOf(made.bytes), meanOf(bytes)]);
    drawn.forEach((level, channel) => expect(Math.abs(level - (whole[channel] ?? NaN))).toBeLessThan(12));
    image.close();
  });
});

/** Of red, green, blue and opacity, of what can be seen. */
async function meanOf(bytes: Uint8Array<ArrayBuffer>): Promise<number[]> {
  const facts = await probeImage(bytes);
  if (facts === undefined) throw new Error("not a picture");
  const image = imaging.open(bytes, facts, "none");
  const { data } = (await image.decode()).pixels;
  image.close();
  const sums = [0, 0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3] ?? 0;
    for (let channel = 0; channel < 3; channel++)
      sums[channel] = (sums[channel] ?? 0) + (data[at + channel] ?? 0) * opacity;
    sums[3] = (sums[3] ?? 0) + opacity;
  }
  const weight = sums[3] ?? 1;
  return [...sums.slice(0, 3).map((sum) => sum / weight), (4 * weight) / data.length];
}
