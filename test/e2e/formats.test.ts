/**
 * Which file each kind of client gets of each kind of source: optimised, from a browser's own decade, or in sRGB. Judged by
 * decoders that share no code with the Worker: libvips, libjxl, OpenJPEG and the JPEG XR reference software.
 */
import { existsSync, readFileSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepts, isHit, verdictOf } from "../support/answer.ts";
import { startEdge, untilHit } from "../support/edge.ts";
import type { Edge } from "../support/edge.ts";
import { expectPicture, sniff } from "../support/expect-picture.ts";
import type { Answer } from "../support/http.ts";
import { animation, baselinePhoto, corpus, decode, hasCorpus, meanError, photoPng } from "../support/pictures.ts";
import { djxl, jxrDecApp, opjDecompress } from "../support/run-tool.ts";
import { bytes, jpeg, png, startScriptedOrigin } from "../support/scripted-origin.ts";
import type { ScriptedOrigin } from "../support/scripted-origin.ts";

const safari13 = {
  accept: "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
  "user-agent":
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15",
};
const ie11 = {
  accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
  "user-agent": "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
};
const ie11Windows10 = {
  accept: "image/png, image/svg+xml, image/jxr, image/*;q=0.8, */*;q=0.5",
  "user-agent": "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
};
const ie9 = {
  accept: "image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5",
  "user-agent": "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
};

let origin: ScriptedOrigin;
let edge: Edge;
beforeAll(async () => {
  origin = await startScriptedOrigin();
  edge = await startEdge({ vars: { ORIGIN: origin.url, EAGER: "" } });
});
afterAll(async () => {
  await edge?.close();
  await origin?.close();
});

const varyOf = (answer: Answer): readonly string[] =>
  (answer.headers["vary"] ?? "").split(",").map((name) => name.trim().toLowerCase());

/** Asks as this client until the answer is final. */
const settleAs = ({ accept, ...headers }: Record<string, string>, path: string, of = edge): Promise<Answer> =>
  of.settle(path, accept ?? "*/*", headers);

/** 6000 × 4000 pixels of the given picture, as a camera writes them: one scan, the standard's own code tables. */
async function tiled(file: string): Promise<Buffer> {
  const tile = await sharp(file)
    .resize(1500, 1000, { fit: "cover" })
    .removeAlpha()
    .png({ compressionLevel: 1 })
    .toBuffer();
  return sharp({ create: { width: 6000, height: 4000, channels: 3, background: "black" } })
    .composite([{ input: tile, tile: true, left: 0, top: 0 }])
    .jpeg({ quality: 85, chromaSubsampling: "4:2:0", optimiseCoding: false })
    .toBuffer();
}

describe("a photograph of 24 megapixels", () => {
  const photograph = `${corpus}jpeg/flower_2268x1512_q85_420_prog.jpg`;

  test.skipIf(!existsSync(photograph))(
    "is JPEG XL for Chrome, at the second request at the latest (needs ../shared/corpus)",
    async () => {
      const [source, path] = [await tiled(photograph), "/24.jpg"];
      origin.on(path, jpeg(source));
      const first = await edge.get(path, accepts.chrome);
      expect(first.status).toBe(200);
      expect(["interim", "transcoded"]).toContain(verdictOf(first)["reason"]);
      // What was promised is made after the first answer.
      const second = await edge.settle(path, accepts.chrome);
      expectPicture(second, { format: "jxl", source: "jpeg", reason: "transcoded", original: source });
      expect(second.body.length).toBeLessThan(source.length * 0.9);
      expect(isHit(await untilHit(() => edge.get(path, accepts.chrome)))).toBe(true);
      expect(origin.count(path)).toBe(1);
    },
  );
});

describe("JPEG 2000 and JPEG XR", () => {
  beforeAll(async () => {
    origin.on("/photo.png", png(await photoPng()));
    origin.on("/photo.jpg", jpeg(await baselinePhoto()));
  });

  test("Safari 13 gets JPEG 2000 of the very pixels of a PNG", async () => {
    const answer = await settleAs(safari13, "/photo.png");
    expectPicture(answer, { format: "jp2", source: "png", reason: "transcoded", original: await photoPng() });
    expect(varyOf(answer)).toContain("user-agent");
    expect(verdictOf(answer)["class"]).toBe("jp2");
  });

  test.skipIf(!opjDecompress.available)(
    `${opjDecompress.name} finds them in it (skipped where it is missing)`,
    async () => {
      const { body } = await settleAs(safari13, "/photo.png");
      const shown = await decode(await opjDecompress.convert(body, "jp2", "png"));
      expect(meanError(await decode(await photoPng()), shown)).toBe(0);
    },
  );

  test.each([
    ["Internet Explorer 11 on Windows 7", ie11, "image/vnd.ms-photo", "jxr-ms"],
    ["Internet Explorer 11 on Windows 10", ie11Windows10, "image/jxr", "jxr"],
    ["Internet Explorer 9", ie9, "image/vnd.ms-photo", "jxr-hd"],
  ])("%s gets JPEG XR of the very pixels of a PNG", async (_name, client, mediaType, token) => {
    const answer = await settleAs(client, "/photo.png");
    expect(answer.headers["content-type"]).toBe(mediaType);
    expect(sniff(answer.body)).toBe("jxr");
    expect(verdictOf(answer)).toMatchObject({ format: "jxr", source: "png", reason: "transcoded", class: token });
    expect(varyOf(answer)).toContain("user-agent");
  });

  test.skipIf(!jxrDecApp.available)(`${jxrDecApp.name} finds them in each (skipped where it is missing)`, async () => {
    for (const client of [ie9, ie11, ie11Windows10]) {
      const { body } = await settleAs(client, "/photo.png");
      const shown = await decode(await jxrDecApp.convert(body, "jxr", "tif"));
      expect(meanError(await decode(await photoPng()), shown)).toBe(0);
    }
  });

  test("their answers are kept apart, and each is a hit of its own", async () => {
    for (const client of [safari13, ie11, ie9, ie11Windows10]) {
      const { accept, ...headers } = client;
      const expected = await settleAs(client, "/photo.jpg");
      const hit = await untilHit(() => edge.get("/photo.jpg", accept, headers));
      expect(isHit(hit)).toBe(true);
      expect(hit.headers["content-type"]).toBe(expected.headers["content-type"]);
      expect(hit.body.equals(expected.body)).toBe(true);
    }
    expect(origin.count("/photo.jpg")).toBe(1);
  });

  test("a client that only looks like such a browser, and asks for anything, gets what everybody can show", async () => {
    const outlook =
      "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; Microsoft Outlook 16.0.5071; ms-office; MSOffice 16)";
    const answer = await edge.settle("/photo.png", "*/*", { "user-agent": outlook });
    expect(sniff(answer.body)).toBe("png");
    expect(verdictOf(answer)["class"]).toBe("baseline");
  });
});

describe("a JPEG that a camera has written", () => {
  test("gets smaller for everybody, of the very same pixels", async () => {
    const source = await baselinePhoto(3);
    origin.on("/camera.jpg", jpeg(source));
    const answer = await edge.settle("/camera.jpg", accepts.baseline);
    expectPicture(answer, { format: "jpeg", reason: "transcoded", original: source });
    expect((await decode(answer.body)).data.equals((await decode(source)).data)).toBe(true);
  });

  test("is kept to its coefficients by FIDELITY=exact: JPEG XL for Chrome, a smaller JPEG for clients of AVIF and WebP", async () => {
    const exact = await startEdge({ vars: { ORIGIN: origin.url, FIDELITY: "exact" } });
    try {
      const source = await baselinePhoto(4);
      origin.on("/exact.jpg", jpeg(source));
      const optimised = await exact.settle("/exact.jpg", accepts.avif);
      expectPicture(optimised, { format: "jpeg", reason: "transcoded", original: source });
      expect((await decode(optimised.body)).data.equals((await decode(source)).data)).toBe(true);
      const jxl = await exact.settle("/exact.jpg", accepts.chrome);
      expectPicture(jxl, { format: "jxl", source: "jpeg", reason: "transcoded", original: source });
      expect(jxl.body.length).toBeLessThan(optimised.body.length);
      // Nothing of an old browser's is exact.
      const old = await settleAs(safari13, "/exact.jpg", exact);
      expectPicture(old, { format: "jpeg", reason: "transcoded", original: source });
      expect(varyOf(old)).not.toContain("user-agent");
      if (djxl.available) {
        const shown = await decode(await djxl.convert(jxl.body, "jxl", "png"));
        expect(meanError(await decode(source), shown)).toBeLessThan(1);
      }
    } finally {
      await exact.close();
    }
  });
});

describe("sources that browsers show differently, or not at all", () => {
  test("a TIFF becomes a JPEG for a photograph and a PNG for a drawing, and WebP where it is accepted", async () => {
    const open = sharp(await photoPng(5));
    const photograph = await open.clone().tiff({ compression: "lzw" }).toBuffer();
    const drawing = await sharp({ create: { width: 300, height: 200, channels: 3, background: "#fff" } })
      .composite([{ input: { create: { width: 90, height: 60, channels: 3, background: "#c00" } }, left: 40, top: 30 }])
      .tiff({ compression: "none" })
      .toBuffer();
    origin.on("/photograph.tif", bytes(photograph, "image/tiff"));
    origin.on("/drawing.tif", bytes(drawing, "image/tiff"));
    const asJpeg = await edge.settle("/photograph.tif", accepts.baseline);
    expect(verdictOf(asJpeg)).toMatchObject({ format: "jpeg", source: "tiff", reason: "transcoded" });
    expect(meanError(await decode(photograph), await decode(asJpeg.body))).toBeLessThan(3);
    for (const [path, accept, format, original] of [
      ["/drawing.tif", accepts.baseline, "png", drawing],
      ["/drawing.tif", accepts.webp, "webp", drawing],
    ] as const) {
      const answer = await edge.settle(path, accept);
      expectPicture(answer, { format, source: "tiff", reason: "transcoded", original });
      expect((await decode(answer.body)).data.equals((await decode(original)).data)).toBe(true);
    }
  });

  test("a picture that lies on its side is turned upright, in every format that is encoded again", async () => {
    const source = await sharp(await baselinePhoto(6))
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 88 })
      .toBuffer();
    const upright = await decode(await sharp(source).autoOrient().png().toBuffer());
    origin.on("/sideways.jpg", jpeg(source));
    for (const accept of [accepts.webp, "image/avif"]) {
      const answer = await edge.settle("/sideways.jpg", accept);
      expect(verdictOf(answer)["reason"]).toBe("transcoded");
      expect(meanError(upright, await decode(await sharp(answer.body).autoOrient().png().toBuffer()))).toBeLessThan(4);
    }
    const optimised = await edge.settle("/sideways.jpg", accepts.baseline);
    expect(meanError(upright, await decode(await sharp(optimised.body).autoOrient().png().toBuffer()))).toBeLessThan(1);
  });

  test("a profile of a wider gamut goes with the pixels", async () => {
    const source = await sharp(await baselinePhoto(7))
      .withIccProfile("p3")
      .jpeg({ quality: 88 })
      .toBuffer();
    origin.on("/p3.jpg", jpeg(source));
    const before = await decode(source);
    for (const accept of [accepts.webp, "image/avif", accepts.baseline]) {
      const answer = await edge.settle("/p3.jpg", accept);
      expect((await sharp(answer.body).metadata()).icc, accept).toBeDefined();
      expect(meanError(before, await decode(answer.body)), accept).toBeLessThan(4);
    }
  });

  test("an animated GIF becomes an animated WebP after the first answer, and stays itself for others", async () => {
    const source = await animation("gif", 6, 96);
    origin.on("/moving.gif", bytes(source, "image/gif"));
    const first = await edge.get("/moving.gif", accepts.webp);
    expectPicture(first, { format: "gif", reason: "interim", original: source });
    const answer = await edge.settle("/moving.gif", accepts.webp);
    if (verdictOf(answer)["format"] === "webp") {
      const [before, after] = await Promise.all([source, answer.body].map((file) => sharp(file).metadata()));
      expect([after?.pages, after?.width, after?.pageHeight]).toEqual([
        before?.pages,
        before?.width,
        before?.pageHeight,
      ]);
      // The GIF names none, which browsers take for a tenth of a second.
      expect(after?.delay).toEqual(before?.delay?.map(() => 100));
      expect(after?.loop).toBe(before?.loop);
    } else expectPicture(answer, { format: "gif", reason: "not-smaller", original: source });
    const other = await edge.settle("/moving.gif", accepts.baseline);
    expectPicture(other, { format: "gif", reason: "not-accepted", original: source });
    expect(varyOf(other)).toEqual(["accept"]);
  });

  test.skipIf(!hasCorpus)(
    "CMYK becomes sRGB for Safari 13 and for everybody, unless CMYK=pass (needs ../shared/corpus)",
    async () => {
      const source = readFileSync(`${corpus}jpeg-cmyk/ycck_with_cmyk_icc.jpg`);
      origin.on("/cmyk.jpg", jpeg(source));
      const jp2 = await settleAs(safari13, "/cmyk.jpg");
      expectPicture(jp2, { format: "jp2", source: "jpeg", reason: "transcoded", original: source });
      expect(varyOf(jp2)).toContain("user-agent");
      const webp = await edge.settle("/cmyk.jpg", accepts.webp);
      expectPicture(webp, { format: "webp", source: "jpeg", reason: "transcoded", original: source });
      // libvips converts with the embedded profile too.
      expect(meanError(await decode(source), await decode(webp.body))).toBeLessThan(8);
      const passing = await startEdge({ vars: { ORIGIN: origin.url, CMYK: "pass" } });
      try {
        const answer = await passing.settle("/cmyk.jpg", accepts.webp);
        expect(sniff(answer.body)).toBe("jpeg");
        expect((await sharp(answer.body).metadata()).space).toBe("cmyk");
      } finally {
        await passing.close();
      }
    },
  );
});
