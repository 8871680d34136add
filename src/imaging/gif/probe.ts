import { probeAnimation } from "./animation-facts.ts";
import type { FactsOf } from "../model/facts.ts";
import { ByteReader, HeaderError, startsWith } from "../bytes/byte-reader.ts";

/** Data sub-blocks and blocks walked: 25 MB of full sub-blocks are 100,000; crafted ones may hold a single byte each. */
const maxBlocks = 1_000_000;

/** The identifier of C2PA's application extension (C2PA 2.1, Appendix A; GIF89a §26), after the block size of 11. */
const manifestApplication = "\u000bC2PA_GIF";

/** Block introducers and labels, GIF89a Appendix A. */
const extensionIntroducer = 0x21;
const imageSeparator = 0x2c;
const graphicControlLabel = 0xf9;
const applicationLabel = 0xff;

/**
 * Facts of a GIF (GIF89a specification). Walks the blocks until the second image or the trailer; throws when the file is
 * cut before either, because it may have been an animation. The rest of an animation is walked for its own facts only.
 */
export function probeGif(bytes: Uint8Array): FactsOf<"gif"> {
  const reader = new ByteReader(bytes, true);
  let width = reader.u16(6);
  let height = reader.u16(8);
  const walk = { at: 13 + colourTableBytes(reader.u8(10)), blocks: 0 };
  let frames = 0;
  let alpha = false;
  let provenance = false;
  while (frames < 2) {
    const introducer = reader.u8(walk.at);
    if (introducer === extensionIntroducer) {
      const label = reader.u8(walk.at + 1);
      if (label === graphicControlLabel && (reader.u8(walk.at + 3) & 1) === 1) alpha = true;
      provenance ||= label === applicationLabel && startsWith(bytes, manifestApplication, walk.at + 2);
      walk.at += 2;
      skipSubBlocks(reader, walk);
    } else if (introducer === imageSeparator) {
      frames++;
      if (frames === 1 && width > 0 && height > 0) {
        // Browsers enlarge the screen for the first image.
        width = Math.max(width, reader.u16(walk.at + 1) + reader.u16(walk.at + 5));
        height = Math.max(height, reader.u16(walk.at + 3) + reader.u16(walk.at + 7));
      }
      // What an image leaves uncovered is transparent.
      if (
        reader.u16(walk.at + 1) > 0 ||
        reader.u16(walk.at + 3) > 0 ||
        reader.u16(walk.at + 5) < width ||
        reader.u16(walk.at + 7) < height
      )
        alpha = true;
      if (frames === 2) break;
      walk.at += 11 + colourTableBytes(reader.u8(walk.at + 9));
      skipSubBlocks(reader, walk);
    } else {
      // The trailer, or something that decoders take as one.
      break;
    }
  }
  if (frames === 0) throw new HeaderError("no image");
  const animated = frames > 1;
  return {
    format: "gif",
    width,
    height,
    bitDepth: 8,
    components: 1,
    colour: "palette",
    // Later frames are not read.
    alpha: alpha || animated,
    animated,
    profile: "none",
    hdr: false,
    provenance,
    orientation: 1,
    animation: animated ? probeAnimation(bytes) : undefined,
  };
}

/** §18 and §20: a flag, and 3 × 2^(n+1) bytes. */
function colourTableBytes(packed: number): number {
  return (packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1);
}

/** §15 and §16: a size byte and that many bytes, until a size of 0. */
function skipSubBlocks(reader: ByteReader, walk: { at: number; blocks: number }): void {
  for (;;) {
    if (++walk.blocks > maxBlocks) throw new HeaderError("too many blocks");
    const size = reader.u8(walk.at);
    walk.at += 1 + size;
    if (size === 0) return;
  }
}
