/** Tables of this engine's own shape among those of others, which sharp (libjpeg, mozjpeg) and the corpus have. */
import sharp from "sharp";
import { expect, test } from "vitest";
import { readJpegFrame } from "../../../../../src/imaging/jpeg/read-frame.ts";
import { isRequantised } from "../../../../../src/imaging/jpeg/requantise/requantised.ts";
import { describeRecompress } from "../../../../../src/imaging/recompress/predict.ts";
import { recompressJpeg } from "../../../../../src/imaging/recompress/recompress.ts";
import { runAtOnce } from "../../../../../src/imaging/steps.ts";
import { hasCorpus } from "../../../../support/pictures.ts";
import { corpusJpegs, readCorpus, testPicture, withoutCorpus } from "../oracles.ts";

const lossy = { kind: "recompress", exact: false, targetScore: 78 } as const;

test.each([92, 95, 98, 100])(
  "a lossy JPEG of a source of quality %i is not quantised a second time",
  async (quality) => {
    const picture = sharp(testPicture(96, 64).data, { raw: { width: 96, height: 64, channels: 3 } });
    const source = new Uint8Array(await picture.jpeg({ quality }).toBuffer());
    expect(describeRecompress(source)?.recompress.isRequantisable).toBe(true);
    const { bytes } = runAtOnce(recompressJpeg(source, { ...lossy, format: "jpeg" }, "none"));
    expect(describeRecompress(bytes)?.recompress.isRequantisable).toBe(false);
    for (const format of ["jpeg", "jxl"] as const) {
      expect(() => runAtOnce(recompressJpeg(bytes, { ...lossy, format }, "none"))).toThrow("requantised");
    }
  },
);

test("no table of libjpeg or mozjpeg counts as this engine's own", async () => {
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "#456" } });
  for (let quantisationTable = 0; quantisationTable <= 8; quantisationTable++) {
    for (let quality = 1; quality <= 100; quality++) {
      const jpeg = new Uint8Array(await picture.clone().jpeg({ quality, quantisationTable }).toBuffer());
      expect(isRequantised(readJpegFrame(jpeg)), `table ${quantisationTable}, quality ${quality}`).toBe(false);
    }
  }
});

test.skipIf(!hasCorpus)(`no JPEG of the corpus does${withoutCorpus}`, () => {
  expect(corpusJpegs.filter((path) => isRequantised(readJpegFrame(readCorpus(path))))).toEqual([]);
});
