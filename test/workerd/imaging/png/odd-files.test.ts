import { describe, expect, it } from "vitest";
import { deflateZlib } from "../../../../src/imaging/bytes/deflate.ts";
import { joinBytes } from "../../../../src/imaging/bytes/join-bytes.ts";
import { writePng } from "../../../../src/imaging/png/chunks.ts";
import { createPngDecoder } from "../../../../src/imaging/png/decode.ts";
import { createPngOptimiser } from "../../../../src/imaging/png/optimise.ts";

async function zlibOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return joinBytes(await deflateZlib([bytes]));
}

const width = 120;
const height = 90;

/** Rows of RGB that compress to less than they are stored in. */
function rowsOf(count: number): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(count * (1 + 3 * width));
  for (let at = 0; at < rows.length; at++) if (at % (1 + 3 * width) !== 0) rows[at] = (at * at) >> 9;
  return rows;
}

function png(stream: Uint8Array, ...chunks: readonly { type: string; data: Uint8Array[] }[]): Uint8Array<ArrayBuffer> {
  const header = Uint8Array.of(0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0);
  return writePng([{ type: "IHDR", data: [header] }, ...chunks, { type: "IDAT", data: [stream] }]);
}

/** The stream with a wrong checksum. */
function damageChecksum(stream: Uint8Array): Uint8Array {
  return stream.with(stream.length - 1, (stream.at(-1) ?? 0) ^ 1);
}

describe("PNG files whose stream oxipng does not take, and browsers do", () => {
  it.each([
    ["a wrong checksum", async () => damageChecksum(await zlibOf(rowsOf(height)))],
    ["five rows too many", () => zlibOf(rowsOf(height + 5))],
  ])("are given back as they are: %s", async (_, stream) => {
    const file = png(await stream());
    const optimiser = createPngOptimiser();
    expect(await optimiser.optimise(file, 1)).toBe(file);
    const { data } = await createPngDecoder().decode(file);
    expect(data.subarray(0, 8)).toEqual(Uint8ClampedArray.of(0, 0, 0, 255, 0, 0, 0, 255));
    // The next file finds an instance that works.
    const sound = png(await zlibOf(rowsOf(height)));
    expect((await optimiser.optimise(sound, 1)).length).toBeLessThan(sound.length);
  });
});

describe("compressed texts and profiles that expand to a lot", () => {
  it("take no memory of the PNG decoder and of the optimiser", async () => {
    const bomb = await zlibOf(new Uint8Array(64 << 20));
    const chunks = Array.from({ length: 4 }, (_, i) => ({
      type: "zTXt",
      data: [joinBytes([`text ${i}`, [0, 0], bomb])],
    }));
    const file = png(await zlibOf(rowsOf(height)), ...chunks);
    const decoder = createPngDecoder();
    expect((await decoder.decode(file)).width).toBe(width);
    expect(decoder.liveBytes()).toBeLessThan(4e6);
    const optimiser = createPngOptimiser();
    expect((await optimiser.optimise(file, 0)).length).toBeLessThan(file.length);
    expect(optimiser.liveBytes()).toBeLessThan(16e6);
    const profile = png(await zlibOf(rowsOf(height)), { type: "iCCP", data: [joinBytes(["x", [0, 0], bomb])] });
    await expect(decoder.decode(profile)).rejects.toThrow("iCCP cannot be read");
    await expect(optimiser.optimise(profile, 0)).rejects.toMatchObject({ kind: "damaged" });
  });
});

describe("indices beyond the palette, on which browsers disagree", () => {
  /** Four pixels of 4 bits, and three colours. */
  const indexed = async (...pairs: readonly number[]): Promise<Uint8Array<ArrayBuffer>> =>
    writePng([
      { type: "IHDR", data: [Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 1, 4, 3, 0, 0, 0)] },
      { type: "PLTE", data: [Uint8Array.of(0, 0, 0, 1, 1, 1, 200, 100, 50)] },
      { type: "tRNS", data: [Uint8Array.of(255, 0)] },
      { type: "IDAT", data: [await zlibOf(Uint8Array.of(0, ...pairs))] },
    ]);

  it.each([
    [0x01, 0x23],
    [0xf1, 0x22],
  ])("are refused, by the decoder and by the optimiser, which would give them other colours", async (...pairs) => {
    const file = await indexed(...pairs);
    await expect(createPngDecoder().decode(file)).rejects.toThrow("beyond the palette");
    await expect(createPngOptimiser().optimise(file, 1)).rejects.toMatchObject({ kind: "damaged" });
  });

  it("leave others as they are, beside black and transparent ones", async () => {
    const { data } = await createPngDecoder().decode(await indexed(0x01, 0x22));
    expect([...data]).toEqual([0, 0, 0, 255, 1, 1, 1, 0, 200, 100, 50, 255, 200, 100, 50, 255]);
  });
});
