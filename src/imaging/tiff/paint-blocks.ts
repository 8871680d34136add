import type { BlockReader } from "./block-reader.ts";
import type { TiffLayout } from "./layout.ts";
import { rowPainter } from "./paint-row.ts";
import { interleave, readSamples, rowBytes, type Samples, undoDifferences } from "./samples.ts";

/** Bytes unpacked at once from a block: enough to make the calls cheap, little beside the picture. */
const bandBytes = 65_536;

/** Painted between two pauses: some 30 ms of work. */
const pixelsBetweenPauses = 250_000;

/**
 * Unpacks every strip or tile and paints its rows: RGBA, or CMYK with 0 for no ink, 4 × width × height bytes. Besides
 * the result it holds a few rows and what the readers hold.
 *
 * @param open begins to read the block at an index; the readers of one position are open together when planar
 * @param pause awaited now and then, so that other work is not held up
 * @throws what the readers throw
 */
export async function paintBlocks(
  layout: TiffLayout,
  open: (index: number) => BlockReader,
  pause: () => Promise<void>,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { width, height, blocks, channels, bits, planar, predicted } = layout;
  const target = new Uint8ClampedArray(width * height * 4);
  const paint = rowPainter(layout);
  const planes = planar ? channels : 1;
  const stride = planar ? 1 : channels;
  const bytesPerRow = rowBytes(blocks.width * stride, bits);
  const rowsPerBand = Math.max(1, Math.floor(bandBytes / bytesPerRow));
  const samplesOf = (length: number): Samples => (bits === 16 ? new Uint16Array(length) : new Uint8Array(length));
  const plane = samplesOf(blocks.width * stride);
  const pixel = planar ? samplesOf(blocks.width * channels) : plane;

  const readRow = (row: Uint8Array): Samples => {
    const samples = readSamples(row, plane, layout);
    if (predicted) undoDifferences(samples, stride);
    return samples;
  };

  let pixelsToPause = pixelsBetweenPauses;
  const paintPosition = async (position: number, readers: readonly BlockReader[]): Promise<void> => {
    const left = (position % blocks.across) * blocks.width;
    const top = Math.floor(position / blocks.across) * blocks.height;
    const columns = Math.min(blocks.width, width - left);
    const rows = Math.min(blocks.height, height - top);
    for (let done = 0; done < rows; done += rowsPerBand) {
      const bandRows = Math.min(rowsPerBand, rows - done);
      const bands = readers.map((reader) => reader.read(bandRows * bytesPerRow));
      for (let row = 0; row < bandRows; row++) {
        let samples = pixel;
        for (const [channel, band] of bands.entries()) {
          samples = readRow(band.subarray(row * bytesPerRow, (row + 1) * bytesPerRow));
          if (planar) interleave(samples, pixel, channel, channels);
        }
        paint(planar ? pixel : samples, columns, target, ((top + done + row) * width + left) * 4);
      }
      pixelsToPause -= bandRows * columns;
      if (pixelsToPause > 0) continue;
      pixelsToPause = pixelsBetweenPauses;
      await pause();
    }
    for (const reader of readers) reader.finish?.();
  };

  const positions = blocks.across * blocks.down;
  for (let position = 0; position < positions; position++) {
    const readers = Array.from({ length: planes }, (_, channel) => open(channel * positions + position));
    await paintPosition(position, readers);
  }
  return target;
}
