/** AVIFs that browsers refuse, and what is made of nothing must not be made of them. */
import { describe, expect, it } from "vitest";
import { probeImage } from "../../../../src/imaging/probe/probe.ts";
import { bytes, fixture } from "../probe/bytes.ts";

const sound = Buffer.from(fixture("avif/alpha-12-bits.avif"));

/** The file with some bytes changed; `by` counts from the beginning of the first text of this kind. */
function change(type: string, by: number, ...values: readonly number[]): Uint8Array {
  const file = Buffer.from(sound);
  file.set(values, file.indexOf(type) + by);
  return new Uint8Array(file);
}

/** Moves `hdlr`, of 33 bytes, to the end of the `meta` box that it begins. */
function withHandlerLast(): Uint8Array {
  const from = sound.indexOf("hdlr") - 4;
  const end = sound.indexOf("mdat") - 4;
  const handler = sound.subarray(from, from + 33);
  return bytes(sound.subarray(0, from), sound.subarray(from + 33, end), handler, sound.subarray(end));
}

describe("probeImage() of an AVIF", () => {
  it("finds the fixture sound", async () => {
    expect(await probeImage(new Uint8Array(sound))).toMatchObject({ avif: { decodable: true } });
  });

  it.each<[string, Uint8Array, string]>([
    [
      "whose alpha is no entry of the list of items",
      change("infe", 26, ..."infu".split("").map((c) => c.charCodeAt(0))),
      "damaged",
    ],
    ["whose alpha is an item of another kind", change("Alpha", -4, 0x41), "alpha"],
    ["whose kind of alpha has no end", change("auxiliary:alpha", 15, 0x40), "alpha"],
    ["whose handler is of another kind", change("pict", 0, 0x76), "damaged"],
    ["with bits set where the handler has none", change("pict", 4, 0x10), "damaged"],
    ["with a property that leaves its container", change("auxC", -4, 0, 0, 99), "damaged"],
    ["with a size of another version", change("ispe", 4, 2), "damaged"],
    ["with bits set beside the range of its colours", change("nclx", 10, 0x82), "damaged"],
    ["whose handler does not come first", withHandlerLast(), "damaged"],
  ])("decodes none %s", async (_, file, refusal) => {
    expect(file).not.toEqual(new Uint8Array(sound));
    expect(await probeImage(file)).toMatchObject({ avif: { decodable: false, refusal } });
  });
});
