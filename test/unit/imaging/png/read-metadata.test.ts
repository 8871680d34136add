import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readPngMetadata } from "../../../../src/imaging/png/read-metadata.ts";
import { allocatedBytes } from "../../../support/allocated-bytes.ts";
import { bytes, chunk, png } from "../probe/bytes.ts";

const bomb = deflateSync(new Uint8Array(8 << 20), { level: 9 });
const compressed = (keyword: string, stream: Uint8Array) => chunk("zTXt", `${keyword}\0\0`, stream);

describe("readPngMetadata()", () => {
  it("does not inflate texts that are never read", async () => {
    const file = png(
      ...Array.from({ length: 250 }, (_, i) => compressed(`Raw profile type x${i}`, bomb)),
      compressed("Author", deflateSync(bytes("Ada"))),
    );
    let creators: readonly string[] | undefined;
    const allocated = await allocatedBytes(() => {
      creators = readPngMetadata(file).rights?.creators;
    });
    expect(creators).toEqual(["Ada"]);
    expect(allocated).toBeLessThan(1 << 20);
  });

  it("inflates a mebibyte of all texts together", async () => {
    const text = deflateSync(new Uint8Array(600_000).fill(0x41));
    const file = png(
      compressed("Author", bomb),
      compressed("Raw profile type exif", bomb),
      compressed("Copyright", text),
      compressed("Raw profile type iptc", text),
      chunk("iTXt", "XML:com.adobe.xmp\0\x01\0\0\0", text),
    );
    let found: ReturnType<typeof readPngMetadata> = {};
    const allocated = await allocatedBytes(() => (found = readPngMetadata(file)));
    expect(found.rights?.copyright).toHaveLength(600_000);
    expect(found.rights?.creators).toBeUndefined();
    expect(found.xmp).toBeUndefined();
    expect(allocated).toBeLessThan(16 << 20);
  });

  it("tries the first text of a keyword only", async () => {
    const file = png(
      ...Array.from({ length: 60 }, () => compressed("Author", bomb)),
      compressed("Author", deflateSync(bytes("Ada"))),
    );
    const allocated = await allocatedBytes(() => {
      expect(readPngMetadata(file).rights?.creators).toBeUndefined();
    });
    expect(allocated).toBeLessThan(4 << 20);
  });

  it("leaves out a raw profile of more than a mebibyte, compressed or not", () => {
    const digits = `\nexif\n  700000\n${"00".repeat(700_000)}\n`;
    expect(readPngMetadata(png(chunk("tEXt", "Raw profile type exif\0", digits))).exif).toBeUndefined();
    const short = "\nexif\n  8\n4578696600003132\n";
    expect(readPngMetadata(png(chunk("tEXt", "Raw profile type exif\0", short))).exif).toEqual(bytes("12"));
  });
});
