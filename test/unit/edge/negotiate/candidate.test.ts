import { describe, expect, it } from "vitest";
import { type CandidateFacts, extensionOf, isCandidate } from "../../../../src/edge/negotiate/candidate.ts";

const page: CandidateFacts = {
  method: "GET",
  hasAuthorization: false,
  pathname: "/about",
  hasDialectShape: false,
  fetchDestination: null,
  wantsImage: false,
};

describe("isCandidate()", () => {
  it.each<[string, Partial<CandidateFacts>]>([
    ["the shape of an image service's URL", { pathname: "/is/image/shop/coat", hasDialectShape: true }],
    ["an image extension", { pathname: "/photos/one.jpg" }],
    ["an extension in capitals", { pathname: "/ONE.JPG" }],
    ["several dots", { pathname: "/one.min.v2.png" }],
    ["HEAD", { method: "HEAD", pathname: "/one.webp" }],
    ["Sec-Fetch-Dest: image", { fetchDestination: "image" }],
    ["an Accept for images", { wantsImage: true }],
    ["an image extension although a page is wanted", { pathname: "/one.jpg", fetchDestination: "document" }],
  ])("takes a request with %s", (_, facts) => {
    expect(isCandidate({ ...page, ...facts })).toBe(true);
  });

  it.each([
    "jpg",
    "jpeg",
    "png",
    "apng",
    "gif",
    "webp",
    "avif",
    "heic",
    "jxl",
    "jp2",
    "jxr",
    "tif",
    "tiff",
    "bmp",
    "ico",
    "svg",
  ])("knows the extension %s", (extension) => {
    expect(isCandidate({ ...page, pathname: `/picture.${extension}` })).toBe(true);
  });

  it.each<[string, Partial<CandidateFacts>]>([
    ["a page", {}],
    ["a document by its destination", { fetchDestination: "document" }],
    ["a script", { pathname: "/main.js", fetchDestination: "script" }],
    ["a video", { pathname: "/film.mp4" }],
    ["an extension in the folder's name", { pathname: "/photos.jpg/" }],
    ["an extension without a dot", { pathname: "/jpg" }],
    ["a name of Object.prototype", { pathname: "/x.constructor" }],
    ["POST", { method: "POST", pathname: "/one.jpg", wantsImage: true, fetchDestination: "image" }],
    ["PUT", { method: "PUT", pathname: "/one.jpg" }],
    ["OPTIONS", { method: "OPTIONS", pathname: "/one.jpg" }],
    ["Authorization", { hasAuthorization: true, pathname: "/one.jpg", wantsImage: true, fetchDestination: "image" }],
  ])("leaves alone %s", (_, facts) => {
    expect(isCandidate({ ...page, ...facts })).toBe(false);
  });
});

describe("extensionOf()", () => {
  it.each([
    ["/a.JPG", "jpg"],
    ["/a.tar.gz", "gz"],
    ["/a.d/b", ""],
    ["/a.", ""],
    ["/.png", "png"],
    ["/", ""],
    ["", ""],
  ])("finds that of %j", (pathname, expected) => {
    expect(extensionOf(pathname)).toBe(expected);
  });
});
