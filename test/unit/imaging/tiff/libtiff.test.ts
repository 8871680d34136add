/** The layouts that libtiff's tools can write, each holding the same picture as the plain file it was made from. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fromArrayBuffer } from "geotiff";
import { afterAll, describe, expect, it } from "vitest";
import { decodeTiff } from "../../../../src/imaging/tiff/decode.ts";
import { planTiff } from "../../../../src/imaging/tiff/plan.ts";
import { sampleNumbers, type TiffSpec, writeTiff } from "../../../support/write-tiff.ts";

/** Debian: libtiff-tools. */
const tool = "tiffcp";
const hasTools = spawnSync(tool, ["-h"], { stdio: "ignore" }).error === undefined;
const folder = mkdtempSync(`${tmpdir()}/tiff-`);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The file as tiffcp writes it with these options; undefined where it refuses. */
function tiffcp(file: Uint8Array, options: readonly string[]): Uint8Array | undefined {
  const [from, to] = [`${folder}/from.tif`, `${folder}/to.tif`];
  writeFileSync(from, file);
  const { status } = spawnSync(tool, [...options, from, to], { stdio: "ignore" });
  return status === 0 ? new Uint8Array(readFileSync(to)) : undefined;
}

const size = { width: 133, height: 101 };
const smooth = (channels: number, max: number) =>
  Array.from({ length: size.width * size.height * channels }, (_, i) => {
    const [x, y] = [Math.floor(i / channels) % size.width, Math.floor(i / channels / size.width)];
    return Math.floor((0.5 + 0.5 * Math.sin(x / 9 + (i % channels) + y / 17)) * max);
  });
const ramp = Array.from({ length: 768 }, (_, i) => ((i * 37) & 255) * 257);

const pictures = {
  "RGB of 8 bits": { ...size, bits: 8, channels: 3, photometric: 2, samples: smooth(3, 255) },
  "RGB of 16 bits": { ...size, bits: 16, channels: 3, photometric: 2, samples: smooth(3, 65_535) },
  "RGB of noise": { ...size, bits: 8, channels: 3, photometric: 2, samples: sampleNumbers(133 * 101 * 3, 8) },
  "RGB with alpha": { ...size, bits: 8, channels: 4, photometric: 2, extraSamples: 2, samples: smooth(4, 255) },
  "RGB with alpha of 16 bits, multiplied": {
    ...size,
    bits: 16,
    channels: 4,
    photometric: 2,
    extraSamples: 1,
    samples: smooth(4, 65_535),
  },
  "gray of 8 bits": { ...size, bits: 8, channels: 1, photometric: 1, samples: smooth(1, 255) },
  "gray of 16 bits": { ...size, bits: 16, channels: 1, photometric: 0, samples: smooth(1, 65_535) },
  "gray of 4 bits": { ...size, bits: 4, channels: 1, photometric: 1, samples: smooth(1, 15) },
  palette: { ...size, bits: 8, channels: 1, photometric: 3, samples: smooth(1, 255), fields: { 320: { short: ramp } } },
  "CMYK of 8 bits": { ...size, bits: 8, channels: 4, photometric: 5, samples: smooth(4, 255) },
  "CMYK of 16 bits": { ...size, bits: 16, channels: 4, photometric: 5, samples: smooth(4, 65_535) },
  "black and white": { ...size, bits: 1, channels: 1, photometric: 0, samples: smooth(1, 1.999) },
} as const satisfies Record<string, TiffSpec>;

const compressions = ["none", "lzw", "lzw:2", "zip", "zip:2", "packbits"];
const shapes = [
  ["-s", "-r", "16"],
  ["-s", "-r", "1000"],
  ["-t", "-w", "64", "-l", "48"],
] as const;
/** Little-endian in every arrangement; big-endian in both kinds of planes and of blocks, which do not depend on it. */
const variants = [
  ...["contig", "separate"].flatMap((planes) => shapes.map((shape) => ["-L", "-p", planes, ...shape])),
  ["-B", "-p", "contig", ...shapes[0]],
  ["-B", "-p", "separate", ...shapes[2]],
];

const title = hasTools ? "" : " (skipped: tiffcp is not installed)";

describe.skipIf(!hasTools)(`decodeTiff() of what tiffcp wrote${title}`, () => {
  it.each(Object.entries(pictures))("gives the same picture in every lossless layout of %s", async (_, spec) => {
    const plain = await writeTiff(spec);
    const { data, kind } = await decodeTiff(plain);
    let count = 0;
    for (const compression of compressions) {
      for (const options of [...variants, ["-8", "-B"]]) {
        const file = tiffcp(plain, ["-c", compression, ...options]);
        if (file === undefined) continue;
        const picture = await decodeTiff(file);
        expect([compression, options, picture.kind]).toEqual([compression, options, kind]);
        expect(Buffer.from(picture.data.buffer).equals(Buffer.from(data.buffer)), options.join(" ")).toBe(true);
        count++;
      }
    }
    // It refuses differences of less than a byte, and planes of one channel in some layouts.
    expect(count).toBeGreaterThan(15);
  });

  it.each(shapes.flatMap((shape) => ["lsb2msb", "msb2lsb"].map((order) => [order, ...shape])))(
    "reads Group 4 fax with bits in the order %s, %s %s %s",
    async (order, ...shape) => {
      const plain = await writeTiff(pictures["black and white"]);
      const file = tiffcp(plain, ["-c", "g4", "-f", order ?? "", ...shape]);
      expect((await decodeTiff(file ?? plain)).data).toEqual((await decodeTiff(plain)).data);
      expect(planTiff(file ?? plain)).toMatchObject({
        layout: { compression: "g4", reversedBits: order === "lsb2msb" },
      });
    },
  );

  const jpegs = (["RGB of 8 bits", "gray of 8 bits", "CMYK of 8 bits"] as const).flatMap((name) =>
    [["jpeg:90"], ["jpeg:r:90"], ["jpeg:r:90", "-p", "separate"]].flatMap((mode) =>
      shapes.map((shape) => ({ name, options: ["-c", ...mode, ...shape] })),
    ),
  );

  it.each(jpegs)("decodes JPEG as libtiff does: $name, $options", async ({ name, options }) => {
    const plain = await writeTiff(pictures[name]);
    const file = tiffcp(plain, options);
    const unpacked = file && tiffcp(file, ["-c", "none"]);
    if (file === undefined || unpacked === undefined) throw new Error("tiffcp refuses");
    expect(planTiff(file)).toMatchObject({ layout: { compression: "jpeg" } });
    expect((await decodeTiff(file)).data).toEqual((await decodeTiff(unpacked)).data);
  });

  it.each(["CMYK of 8 bits", "CMYK of 16 bits"] as const)(
    "gives the CMYK that another decoder gives: %s",
    async (name) => {
      const spec = pictures[name];
      // It makes planes of 8-bit samples only.
      const planes = spec.bits === 8 ? "separate" : "contig";
      const file = tiffcp(await writeTiff(spec), ["-c", "zip:2", "-p", planes, "-s", "-r", "20"]);
      if (file === undefined) throw new Error("tiffcp refuses");
      const image = await (await fromArrayBuffer(file.slice().buffer)).getImage();
      const raw = (await image.readRasters({ interleave: true })) as Uint8Array | Uint16Array;
      const inks = Uint8ClampedArray.from(raw, (ink) => (spec.bits === 16 ? ink / 257 : ink));
      expect((await decodeTiff(file)).data).toEqual(inks);
    },
  );
});
