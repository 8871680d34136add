import { describe, expect, it } from "vitest";
import { createMessage, readMessage } from "../../../../src/edge/backend/encode-message.ts";

const message = createMessage({
  key: { site: "https://images.test", sourcePath: "/a.jpg", directives: "", fingerprint: "3-a" },
  etag: '"a"',
  generation: "a",
  variants: [],
  metadata: "copyright",
  results: {},
  verdict: null,
});

describe("readMessage()", () => {
  it("reads back what was sent", () => {
    expect(readMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it.each([
    ["another version", { ...message, version: 2 }],
    ["no key", { ...message, key: undefined }],
    ["no variants", { ...message, variants: "avif" }],
    ["text", "encode this"],
    ["nothing", null],
  ])("refuses %s", (_, body) => {
    expect(readMessage(body)).toBeUndefined();
  });
});
