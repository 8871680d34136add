import { describe, expect, test } from "vitest";
import { streamBands } from "../../../../src/imaging/jpeg/decode/read-coefficients.ts";
import { readJpegFrame } from "../../../../src/imaging/jpeg/read-frame.ts";
import { writeJxl } from "../../../../src/imaging/jpeg-xl/write.ts";
import { runAtOnce } from "../../../../src/imaging/steps.ts";
import { readPlanes } from "../jpeg/read-planes.ts";
import { decodeJxl } from "./decoder.ts";

/**
 * Pairs made by another implementation and verified with libjxl's decoder. Distributions are an encoder's choice, but
 * everything up to the sizes of the sections has one form only.
 */
const vectors = [
  {
    title: "1 × 1, 4:4:4",
    jpeg: [
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8X",
      "GBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAAR",
      "CAABAAEDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAE",
      "Bv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/ABScNf/Z",
    ].join(""),
    jxl: [
      "/woAEBAJ4FsAEAB8AgCkAKQApP7/1h8EAAAAIHc1HAAwLQKENAAAAAAAAQsocEYdoxCDhWW7GwKwHDCkSp+BGBIgBRMABQUSUbDR58ioqBh1",
      "MejihQFoYJhIgIRyAAAmAJwAYsYmBQAm+62n7O5Au9UBU9Lq6SHCJQ/LXS3sXSEEJfJgpMJfwCjh560DkdYwiN9N0M/sHpLzE7pZauF4AQAA",
      "AAAAFFAEAGACAA==",
    ].join(""),
  },
  {
    title: "9 × 17, 4:2:0",
    jpeg: [
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8",
      "ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAAR",
      "CAARAAkDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG",
      "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWG",
      "h4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEB",
      "AQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYk",
      "NOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0",
      "tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCuRiilIoxWZoONFFFMR//Z",
    ].join(""),
    jxl: [
      "/wqAABCASOBbAhAAYAMAvoC9AL7+/9YfBAAAACB3NRwAMC0ChDQAAAAAAAELKHBGHaMQg4VluxsCsBwwpEqfgRgSIAUTAAUFcqG7xrKx8Y5q",
      "xar1NUaF4b2SAFATBPAGoPgAAEwAOAHE/O5JAHRIAJ4+ZzWDMDIKldMzw6oss+bx6VJGExMc0cYoXiFgxAlbHyRFBCJUiTYpgA1OQIsSdVW0",
      "e5WhwVxLUSjK6LmiVIiMgqAaYySCgitJiM5plOLD9XSsZh6uRiFGOWaYDWIW5gwpAQAAAAAAoAAQhqFO+wRAACkAKgA=",
    ].join(""),
  },
];

describe.each(vectors)("the vector of $title", ({ jpeg, jxl }) => {
  const source = new Uint8Array(Buffer.from(jpeg, "base64"));
  const reference = new Uint8Array(Buffer.from(jxl, "base64"));
  const frame = readJpegFrame(source);
  const options = { exact: false, iccProfile: undefined, orientation: 1 } as const;
  const ours = runAtOnce(
    writeJxl({ frame, sourceBytes: source.length, stream: (consume) => streamBands(source, frame, consume) }, options),
  );

  test("decodes to the coefficients of its JPEG", () => {
    const { channels } = decodeJxl(reference);
    expect(channels.map(({ coefficients }) => coefficients)).toEqual(readPlanes(source, frame));
  });

  test("has the same headers as writeJxl()'s file", () => {
    // The table of contents takes the last two bytes of these.
    const headerBytes = reference.length - sectionBytes(reference) - 2;
    expect(ours.subarray(0, headerBytes)).toEqual(reference.subarray(0, headerBytes));
    expect(ours.length - sectionBytes(ours) - 2).toBe(headerBytes);
  });

  test("is not smaller than writeJxl()'s file", () => {
    expect(ours.length).toBeLessThanOrEqual(reference.length);
  });
});

/** Size of the only section, by the decoder's own reckoning: it refuses a wrong one. */
function sectionBytes(jxl: Uint8Array): number {
  return decodeJxl(jxl).sectionBytes;
}
