import { deflateRawSync, deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { inflateZlib } from "../../../../src/imaging/bytes/inflate.ts";
import { bytes, seededRandom } from "../probe/bytes.ts";

const random = seededRandom(1);
/** Compresses badly, so that the compressed form is fed in many parts. */
const noise = Uint8Array.from({ length: 50_000 }, () => Math.floor(random() * 256));

describe("inflateZlib()", () => {
  it.each<[string, Uint8Array]>([
    ["nothing", bytes()],
    ["text", bytes("abc")],
    ["zeros", new Uint8Array(20_000)],
    ["noise", noise],
  ])("gives back %s that zlib deflated", async (_, data) => {
    expect(await inflateZlib(deflateSync(data), 100_000)).toEqual(new Uint8Array(data));
  });

  it("allows exactly as many bytes as told", async () => {
    const deflated = deflateSync(new Uint8Array(20_000));
    expect(await inflateZlib(deflated, 20_000)).toHaveLength(20_000);
    expect(await inflateZlib(deflated, 19_999)).toBeUndefined();
  });

  it.each<[string, Uint8Array]>([
    ["no bytes", bytes()],
    ["a cut stream", deflateSync(noise).subarray(0, -100)],
    ["a stream without its checksum", deflateSync(noise).subarray(0, -4)],
    ["a wrong checksum", bytes(deflateSync(bytes("abc")).subarray(0, -1), 0)],
    ["a stream without the zlib header", deflateRawSync(noise)],
    ["noise", noise],
  ])("is undefined for %s", async (_, compressed) => {
    expect(await inflateZlib(compressed, 100_000)).toBeUndefined();
  });
});
