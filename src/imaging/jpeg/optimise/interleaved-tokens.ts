import { unsupportedJpeg } from "../error.ts";
import type { JpegFrame } from "../frame.ts";
import type { TokenBuffer } from "./scan-tokens.ts";
import { chunkOf, offsetOf } from "../decode/sparse-blocks.ts";
import type { SparseBlocks, SparseComponent } from "../decode/sparse-blocks.ts";
import type { Steps } from "../../steps.ts";

/** T.81 §F.1.2.1.1: differences of 8-bit DC coefficients have up to 11 bits. */
const maxDcSize = 11;

/** Takes the blocks of a scan in its order; `block` is -1 for padding, which is nowhere in the picture. */
type BlockVisitor = (position: number, component: SparseComponent, block: number) => void;

/** DC coefficients without their lowest `shift` bits (T.81 §G.1.2.1). Symbols belong to table `tables[position in the scan]`. */
export function* tokeniseFirstDc(
  sparse: SparseBlocks,
  frame: JpegFrame,
  indices: readonly number[],
  tables: readonly number[],
  shift: number,
  buffer: TokenBuffer,
): Steps<void> {
  const predictors = indices.map(() => 0);
  yield* visitBlocks(sparse, frame, indices, buffer, (position, component, block) => {
    buffer.makeRoom();
    putDc(buffer, predictors, position, component, block, shift, tables[position]);
  });
  buffer.flush();
}

/** The next bit of every DC coefficient (T.81 §G.1.2.1), sixteen to a token. */
export function* tokeniseDcRefinement(
  sparse: SparseBlocks,
  frame: JpegFrame,
  indices: readonly number[],
  shift: number,
  buffer: TokenBuffer,
): Steps<void> {
  const lastBits = indices.map(() => 0);
  let bits = 0;
  let size = 0;
  yield* visitBlocks(sparse, frame, indices, buffer, (position, component, block) => {
    if (block >= 0) lastBits[position] = (component.dc[block] >> shift) & 1;
    bits = (bits << 1) | lastBits[position];
    if (++size < 16) return;
    buffer.makeRoom();
    buffer.put((16 << 16) | (bits & 0xffff));
    size = 0;
    bits = 0;
  });
  buffer.makeRoom();
  if (size > 0) buffer.put((size << 16) | bits);
  buffer.flush();
}

/** A scan of a sequential JPEG (T.81 §F.1.2): per component, a table for DC and one for AC symbols. */
export function* tokeniseSequential(
  sparse: SparseBlocks,
  frame: JpegFrame,
  indices: readonly number[],
  dcTables: readonly number[],
  acTables: readonly number[],
  buffer: TokenBuffer,
): Steps<void> {
  const predictors = indices.map(() => 0);
  const { chunks } = sparse;
  yield* visitBlocks(sparse, frame, indices, buffer, (position, component, block) => {
    buffer.makeRoom();
    putDc(buffer, predictors, position, component, block, 0, dcTables[position]);
    const base = 256 * (1 + acTables[position]);
    let last = 0;
    if (block >= 0) {
      const entries = chunks[chunkOf(component.starts[block])];
      const first = offsetOf(component.starts[block]);
      for (let i = first; i < first + component.counts[block]; i++) {
        const k = entries[i] & 63;
        const value = entries[i] >> 6;
        let run = k - last - 1;
        for (; run > 15; run -= 16) buffer.put((base + 0xf0) << 21);
        const magnitude = value < 0 ? -value : value;
        const size = 32 - Math.clz32(magnitude);
        const bits = value < 0 ? magnitude ^ ((1 << size) - 1) : magnitude;
        buffer.put(((base + (run << 4) + size) << 21) | (size << 16) | bits);
        last = k;
      }
    }
    if (last < 63) buffer.put(base << 21);
  });
  buffer.flush();
}

/** A padding block repeats the DC coefficient before it, which costs least. */
function putDc(
  buffer: TokenBuffer,
  predictors: number[],
  position: number,
  component: SparseComponent,
  block: number,
  shift: number,
  table: number,
): void {
  const value = block < 0 ? predictors[position] : component.dc[block] >> shift;
  const difference = value - predictors[position];
  predictors[position] = value;
  const magnitude = difference < 0 ? -difference : difference;
  const size = 32 - Math.clz32(magnitude);
  if (size > maxDcSize) throw unsupportedJpeg("coefficient-range");
  const bits = difference < 0 ? magnitude ^ ((1 << size) - 1) : magnitude;
  buffer.put(((256 * (1 + table) + size) << 21) | (size << 16) | bits);
}

/** T.81 §A.2: a component alone goes by its own block rows, several go by MCUs. */
function* visitBlocks(
  sparse: SparseBlocks,
  frame: JpegFrame,
  indices: readonly number[],
  buffer: TokenBuffer,
  visit: BlockVisitor,
): Steps<void> {
  if (indices.length === 1) {
    const component = sparse.components[indices[0]];
    const { blocksWide, blocksHigh } = component;
    for (let y = 0; y < blocksHigh; y++) {
      for (let x = 0; x < blocksWide; x++) visit(0, component, y * blocksWide + x);
      yield buffer.work(blocksWide);
    }
    return;
  }
  const parts = indices.map((index) => ({
    component: sparse.components[index],
    wide: frame.components[index].horizontalSampling,
    high: frame.components[index].verticalSampling,
  }));
  const blocksPerMcu = parts.reduce((sum, { wide, high }) => sum + wide * high, 0);
  for (let mcuY = 0; mcuY < frame.mcusHigh; mcuY++) {
    for (let mcuX = 0; mcuX < frame.mcusWide; mcuX++) {
      for (let position = 0; position < parts.length; position++) {
        const { component, wide, high } = parts[position];
        for (let v = 0; v < high; v++) {
          const y = mcuY * high + v;
          for (let h = 0; h < wide; h++) {
            const x = mcuX * wide + h;
            const inside = x < component.blocksWide && y < component.blocksHigh;
            visit(position, component, inside ? y * component.blocksWide + x : -1);
          }
        }
      }
    }
    yield buffer.work(frame.mcusWide * blocksPerMcu);
  }
}
