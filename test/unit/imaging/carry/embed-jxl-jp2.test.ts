/** Boxes around JPEG XL and JPEG 2000, read back by libjxl's tools and ExifTool. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { wrapJp2 } from "../../../../src/imaging/jpeg-2000/embed.ts";
import { wrapJxl } from "../../../../src/imaging/jpeg-xl/embed.ts";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { boxes } from "../../../../src/imaging/bytes/boxes.ts";
import { ByteReader } from "../../../../src/imaging/bytes/byte-reader.ts";
import { corpus, hasCorpus } from "../../../support/pictures.ts";
import { withoutCorpus } from "../jpeg/oracles.ts";
import { djxl, hasJxlTools, withoutJxlTools } from "../jpeg-xl/oracle.ts";
import { box, bytes, fixture, u32 } from "../probe/bytes.ts";
import { exif, exifTool, hasExifTool, otherXmp, withoutExifTool, xmp } from "./wrapped.ts";

type File = Uint8Array<ArrayBuffer>;

/** A container of libjxl: 1 × 1 pixels with Exif and XMP. */
const container = fixture("1x1_exif_xmp.jxl") as File;

function boxesOf(file: Uint8Array): Record<string, Uint8Array> {
  return Object.fromEntries([...boxes(new ByteReader(file))].map(({ type, payload }) => [type, payload().bytes]));
}

function codestreamOf(file: Uint8Array): File {
  const parts = boxesOf(file);
  return bytes(parts.jxlc ?? parts.jxlp.subarray(4)) as File;
}

const bare = codestreamOf(container);

describe("wrapJxl()", () => {
  it("leaves a codestream bare when there is nothing to put beside it", () => {
    expect(wrapJxl(bare, {})).toBe(bare);
    expect(wrapJxl(container, { xmp: undefined })).toBe(container);
  });

  it("puts codestream, Exif and XMP into boxes", async () => {
    const wrapped = wrapJxl(bare, { xmp, exif });
    expect(Object.keys(boxesOf(wrapped))).toEqual(["JXL ", "ftyp", "jxlc", "Exif", "xml "]);
    expect(boxesOf(wrapped)).toMatchObject({ jxlc: bare, Exif: bytes(u32(0), exif), "xml ": xmp });
    // The signature box that ISO/IEC 18181-2 gives in full.
    expect(wrapped.subarray(0, 12)).toEqual(container.subarray(0, 12));
    expect(boxesOf(wrapped).ftyp).toEqual(boxesOf(container).ftyp);
    expect(await probeImage(wrapped)).toEqual(await probeImage(bare));
  });

  it("replaces in a container what is given, and keeps the rest", () => {
    const wrapped = wrapJxl(bare, { xmp, exif });
    expect(wrapJxl(wrapped, { xmp, exif })).toEqual(wrapped);
    expect(boxesOf(wrapJxl(wrapped, { xmp: otherXmp }))).toMatchObject({ Exif: bytes(u32(0), exif), "xml ": otherXmp });
    expect(boxesOf(wrapJxl(container, { xmp }))).toMatchObject({ Exif: boxesOf(container).Exif, "xml ": xmp });
  });

  it("refuses other files", () => {
    expect(() => wrapJxl(bytes("\x89PNG") as File, { xmp })).toThrow("JPEG XL");
  });

  it.skipIf(!hasJxlTools || !hasCorpus)(
    `gives files that djxl and jxlinfo read${withoutJxlTools}${withoutCorpus}`,
    () => {
      const source = new Uint8Array(readFileSync(`${corpus}jxl/splines.jxl`));
      const wrapped = wrapJxl(bareCodestream(source), { xmp, exif });
      const [after, before] = [djxl(wrapped), djxl(source)];
      expect([after.width, after.height]).toEqual([before.width, before.height]);
      expect(Buffer.from(after.data.buffer).equals(Buffer.from(before.data.buffer))).toBe(true);
      const folder = mkdtempSync(join(tmpdir(), "jxl-"));
      try {
        writeFileSync(join(folder, "a.jxl"), wrapped);
        const runner = join(process.env.IMAGE_ORACLES ?? "", "run");
        const { stdout } = spawnSync(runner, ["jxlinfo", "-v", join(folder, "a.jxl")], { encoding: "utf8" });
        expect(stdout).toMatch(/type: "?Exif"?/);
        expect(stdout).toMatch(/type: "?xml "?/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it.skipIf(!hasExifTool)(`gives files that ExifTool reads${withoutExifTool}`, () => {
    expect(exifTool(wrapJxl(bare, { xmp, exif }), "jxl").tags).toMatchObject({
      "XMP-photoshop:Credit": "Agentur Ü",
      "IFD0:Orientation": "Horizontal (normal)",
    });
  });
});

function bareCodestream(file: File): File {
  return file[0] === 0xff ? file : codestreamOf(file);
}

describe("wrapJp2()", () => {
  const jp2 = bytes(box("jP  ", 0x0d, 0x0a, 0x87, 0x0a), box("ftyp", "jp2 "), u32(0), "jp2c", 0xff, 0x4f) as File;

  it("puts XMP after the codestream, whose box gets a size", () => {
    const wrapped = wrapJp2(jp2, xmp);
    expect(Object.keys(boxesOf(wrapped))).toEqual(["jP  ", "ftyp", "jp2c", "uuid"]);
    expect(boxesOf(wrapped).jp2c).toEqual(bytes(0xff, 0x4f));
    expect(wrapJp2(wrapped, xmp)).toEqual(wrapped);
    expect(wrapJp2(jp2, undefined)).toBe(jp2);
  });

  it("refuses other files", () => {
    expect(() => wrapJp2(bytes(box("ftyp", "avif")) as File, xmp)).toThrow("JP2");
  });

  it.skipIf(!hasExifTool || !hasCorpus)(`gives files that ExifTool reads${withoutExifTool}${withoutCorpus}`, () => {
    const source = new Uint8Array(readFileSync(`${corpus}jp2/kodim11_r20.jp2`));
    const { tags } = exifTool(wrapJp2(source, xmp), "jp2");
    expect(tags).toMatchObject({ "XMP-photoshop:Credit": "Agentur Ü", "File:FileType": "JP2" });
  });
});
