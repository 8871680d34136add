import { describe, expect, it } from "vitest";
import type { ParsedUrl } from "../../../../src/edge/dialects/parsed-url.ts";
import { read, directivesOf } from "./reading.ts";

function parse(transformation: string): ParsedUrl {
  return read(`/demo/image/upload/${transformation}/v17/shop/shoe.jpg`, "cloudinary");
}

describe("parseUrl() of Cloudinary", () => {
  it.each([
    ["f_auto,q_auto:good,w_300", { optimise: true, width: 300 }],
    ["f_auto:image", { optimise: true }],
    ["f_auto:video", { isImageRequest: false }],
    ["f_mp4", { isImageRequest: false }],
    ["f_webp", { requestedFormat: "webp" }],
    ["f_jpg", { requestedFormat: "jpeg" }],
    ["f_wdp", { requestedFormat: "jxr" }],
    ["f_webp/f_auto", { optimise: true }],
    ["f_auto/f_webp", { requestedFormat: "webp" }],
    ["q_80", { quality: 80 }],
    ["q_80:420", { quality: 80, chromaSubsampling: true }],
    ["q_80/q_auto", {}],
    ["q_auto:best:sensitive", {}],
    ["w_0.5", { isSizeFixed: true }],
    ["w_auto,c_scale", { isSizeFixed: true }],
    ["w_auto:100:400", { isSizeFixed: true }],
    ["w_iw_div_2", { isSizeFixed: true }],
    ["w_400,c_crop", { width: 400, isSizeFixed: true }],
    ["w_300,h_200/w_90", { width: 90, height: 200, isSizeFixed: true }],
    ["w_300,dpr_auto", { width: 300, dpr: { allowed: true, value: undefined } }],
    ["w_300,dpr_2.0", { width: 300, dpr: { allowed: false, value: 2 } }],
    ["w_300/l_logo,w_50,q_3/fl_layer_apply,g_south", { width: 300, isSizeFixed: true }],
    ["if_w_gt_900,c_scale,w_600,q_7", { isSizeFixed: true }],
    ["s--abcDEF12--/w_300", { width: 300, isSizeFixed: true }],
    ["q_50,f_webp/t_card/q_70", { preset: "card", quality: 70, isSizeFixed: true }],
    ["$side_300/w_$side", { isSizeFixed: true }],
    ["e_blur:300,r_max", {}],
  ])("reads %s", (transformation, directives) => {
    const parsed = parse(transformation);
    expect(directivesOf(parsed)).toEqual(directives);
    expect(parsed.notes).toEqual([]);
  });

  it.each([
    ["q_900", {}],
    ["q_0", {}],
    ["q_80:422", {}],
    ["f_bogus", {}],
    ["dpr_1e9", { dpr: { allowed: false, value: undefined } }],
    ["w_-5", { isSizeFixed: true }],
    ["q_%", {}],
  ])("ignores %s with a note", (transformation, directives) => {
    const parsed = parse(transformation);
    expect(directivesOf(parsed)).toEqual(directives);
    expect(parsed.notes).toHaveLength(1);
    expect(parsed.sourcePath).toBe(`/demo/image/upload/${transformation}/v17/shop/shoe.jpg`);
  });

  it.each([
    // The public ID comes after the version or after the first segment that is no transformation, and may look like one.
    "/demo/image/upload/v17/q_80/f_auto/shoe.jpg",
    "/demo/image/upload/shop/q_80/shoe.jpg",
    "/demo/image/upload/q_80,shop/shoe.jpg",
    "/demo/image/upload/q_80",
    "/demo/image/upload/q_80.jpg",
    "/demo/image/upload/",
    "/demo/image/upload//q_80/shoe.jpg",
  ])("reads nothing from the public ID of %s", (path) => {
    expect(directivesOf(read(path, "cloudinary"))).toEqual({});
  });

  it.each(["/f_auto,q_80/shoe.jpg", "/demo/f_auto,q_80/shoe.jpg", "/images/f_auto,q_80/0ab/shoe.jpg"])(
    "reads the short form %s when the dialect is named",
    (path) => {
      expect(directivesOf(read(path, "cloudinary"))).toEqual({ optimise: true, quality: 80 });
    },
  );

  it("reads the query for what is ours and passes the rest on, for images fetched from elsewhere", () => {
    const parsed = read("/demo/image/fetch/q_80/https://x.test/a.jpg?q=5&imaging=off&utm_id=7", "cloudinary");
    expect(directivesOf(parsed)).toEqual({ quality: 80, optedOut: true });
    expect(parsed.sourcePath).toBe("/demo/image/fetch/q_80/https://x.test/a.jpg?q=5&utm_id=7");
    expect(parsed.keyPath).toBe("/demo/image/fetch/q_80/https://x.test/a.jpg?q=5");
  });

  it("takes a named format for an order and f_auto for none", () => {
    expect(parse("f_jp2")).toMatchObject({ requestedFormat: "jp2", optimise: undefined });
    expect(parse("f_jp2/f_auto")).toMatchObject({ optimise: true });
  });
});
