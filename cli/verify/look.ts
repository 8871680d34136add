/** Whether the files show the same picture: a spot check of colours and orientation, by a decoder that is not ours. */
import sharp from "sharp";
import type { Fault } from "./checks.ts";
import type { Observation } from "./observe.ts";

/** Formats that sharp decodes as it comes. */
const decodable: readonly string[] = ["jpeg", "png", "webp", "avif", "gif"];
/** Pixels a side that are compared. */
const side = 32;
/** Of 255, in the mean: far above what a lossy format changes at this size, far below a turned or miscoloured picture. */
const maxDifference = 8;

export async function judgeLook(all: readonly Observation[]): Promise<readonly Fault[]> {
  const distinct = [...new Map(all.toReversed().map((seen) => [seen.digest, seen])).values()].filter(
    ({ facts }) => facts !== undefined && decodable.includes(facts.format),
  );
  const faults: Fault[] = [];
  let reference: { readonly name: string; readonly pixels: Uint8Array } | undefined;
  // The file of the plainest client is the nearest to the original.
  for (const seen of distinct.toSorted((a, b) => a.client.shows.length - b.client.shows.length)) {
    const pixels = await readSmall(seen.answer.body);
    const clients = [seen.client.name];
    if (pixels === undefined)
      faults.push({ check: "decodes", clients, message: "an independent decoder cannot read it" });
    else if (reference === undefined) reference = { name: seen.client.name, pixels };
    else {
      const difference = meanDifference(reference.pixels, pixels);
      if (difference > maxDifference) {
        const message = `looks unlike that of ${reference.name} (mean difference ${difference.toFixed(1)} of 255)`;
        faults.push({ check: "look", clients, message });
      }
    }
  }
  return faults;
}

/** A small version in sRGB, upright, on white; undefined where it cannot be decoded. */
async function readSmall(file: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const upright = sharp(file, { failOn: "error" }).autoOrient().toColourspace("srgb").flatten({ background: "#fff" });
    return await upright.resize(side, side, { fit: "fill" }).removeAlpha().raw().toBuffer();
  } catch {
    return undefined;
  }
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  // A grey picture may come as one channel.
  if (a.length !== b.length) return 255;
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length;
}
