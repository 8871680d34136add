import { releaseBuffers } from "../../bytes/release.ts";
import { buildHuffmanEncoder } from "./huffman-encoder.ts";
import type { HuffmanEncoder } from "./huffman-encoder.ts";
import { tokeniseDcRefinement, tokeniseFirstDc, tokeniseSequential } from "./interleaved-tokens.ts";
import type { JpegFrame } from "../frame.ts";
import { symbolIndices, TokenBuffer, tokeniseAcRefinement, tokeniseFirstAc } from "./scan-tokens.ts";
import type { TokenConsumer } from "./scan-tokens.ts";
import type { SparseBlocks } from "../decode/sparse-blocks.ts";
import type { Steps } from "../../steps.ts";

/** A scan to be written (ITU T.81 §B.2.3, §G.1.1). `shift`: Al; a refinement's Ah is one more. */
export interface ScanPlan {
  readonly kind: "sequential" | "first-dc" | "dc-refinement" | "first-ac" | "ac-refinement";
  /** Indices into `frame.components`; one for AC scans. */
  readonly components: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly shift: number;
}

/** A Huffman table of a scan: its place in the token's symbol indices, and what its DHT segment says. */
export interface ScanTable {
  readonly table: number;
  readonly class: 0 | 1;
  readonly destination: number;
}

/** How often each symbol index occurs, and how many value bits there are. */
export interface ScanStatistics {
  readonly frequencies: Uint32Array;
  readonly valueBits: number;
  /** All tokens, when they were to be kept and are few enough. */
  readonly tokens: readonly Int32Array[] | undefined;
}

/** A scan whose Huffman tables are made. */
export interface CodedScan {
  readonly plan: ScanPlan;
  readonly tables: readonly (ScanTable & { readonly encoder: HuffmanEncoder })[];
  /** Its bits, headers and tables included, without the bytes stuffed after FF. */
  readonly bits: number;
  /** The tokens to write, unless it takes less memory to make them again. */
  readonly tokens: readonly Int32Array[] | undefined;
}

/** Luma (or black) and chroma behave differently, so each kind has a table; sequential JPEGs of two tables are baseline. */
export function tableOf(component: number): 0 | 1 {
  return component === 0 || component === 3 ? 0 : 1;
}

const singleAcTable: readonly ScanTable[] = [{ table: 0, class: 1, destination: 0 }];

/** The tables that a scan needs. Sequential scans: DC tables are 0 and 1, AC tables 2 and 3. */
function tablesOf({ kind, components }: ScanPlan): readonly ScanTable[] {
  const destinations = [...new Set(components.map(tableOf))];
  const dc = destinations.map((destination): ScanTable => ({ table: destination, class: 0, destination }));
  const ac = destinations.map((destination): ScanTable => ({ table: 2 + destination, class: 1, destination }));
  return {
    "dc-refinement": [],
    "first-dc": dc,
    "first-ac": singleAcTable,
    "ac-refinement": singleAcTable,
    sequential: [...dc, ...ac],
  }[kind];
}

/** Hands on the tokens of a scan; AC scans of a sample visit every `rowStep`th block row. */
export function* tokeniseScan(
  sparse: SparseBlocks,
  frame: JpegFrame,
  plan: ScanPlan,
  rowStep: number,
  consume: TokenConsumer,
): Steps<void> {
  const { kind, components, start, end, shift } = plan;
  const buffer = new TokenBuffer(consume);
  const component = sparse.components[components[0]];
  const tables = components.map(tableOf);
  switch (kind) {
    case "first-ac":
      yield* tokeniseFirstAc(sparse, component, { start, end, shift }, rowStep, buffer);
      break;
    case "ac-refinement":
      yield* tokeniseAcRefinement(sparse, component, { start, end, shift }, rowStep, buffer);
      break;
    case "first-dc":
      yield* tokeniseFirstDc(sparse, frame, components, tables, shift, buffer);
      break;
    case "dc-refinement":
      yield* tokeniseDcRefinement(sparse, frame, components, shift, buffer);
      break;
    case "sequential": {
      const acTables = tables.map((table) => 2 + table);
      yield* tokeniseSequential(sparse, frame, components, tables, acTables, buffer);
    }
  }
}

/** Counts the symbols of a scan, or those of every `rowStep`th block row of an AC scan. */
export function* measureScan(
  sparse: SparseBlocks,
  frame: JpegFrame,
  plan: ScanPlan,
  { rowStep, maxKeptTokens }: { readonly rowStep: number; readonly maxKeptTokens: number },
): Steps<ScanStatistics> {
  const frequencies = new Uint32Array(symbolIndices);
  let valueBits = 0;
  let kept: Int32Array[] | undefined = maxKeptTokens > 0 ? [] : undefined;
  let keptCount = 0;
  yield* tokeniseScan(sparse, frame, plan, rowStep, (tokens, count) => {
    valueBits += countTokens(tokens, count, frequencies);
    keptCount += count;
    if (keptCount > maxKeptTokens) {
      releaseBuffers(kept ?? []);
      kept = undefined;
    }
    kept?.push(tokens.slice(0, count));
  });
  return { frequencies, valueBits, tokens: kept };
}

function countTokens(tokens: Int32Array, count: number, frequencies: Uint32Array): number {
  let valueBits = 0;
  for (let i = 0; i < count; i++) {
    const token = tokens[i];
    frequencies[token >>> 21]++;
    valueBits += (token >>> 16) & 31;
  }
  return valueBits;
}

/** Makes the best Huffman tables for a scan (T.81 §K.2). `scale` is the share of its blocks that was counted, inverted. */
export function codeScan(plan: ScanPlan, { frequencies, valueBits, tokens }: ScanStatistics, scale = 1): CodedScan {
  // SOS (§B.2.3), and a DHT marker with its length (§B.2.4.2).
  let headerBytes = 2 + 6 + 2 * plan.components.length;
  let dataBits = valueBits;
  const scanTables = tablesOf(plan);
  if (scanTables.length > 0) headerBytes += 4;
  const tables = scanTables.map((table) => {
    const own = frequencies.subarray(256 * (1 + table.table), 256 * (2 + table.table));
    const encoder = buildHuffmanEncoder(own);
    headerBytes += 17 + encoder.symbols.length;
    for (const symbol of encoder.symbols) dataBits += own[symbol] * encoder.lengths[symbol];
    return { ...table, encoder };
  });
  return { plan, tables, bits: 8 * headerBytes + dataBits * scale, tokens };
}
