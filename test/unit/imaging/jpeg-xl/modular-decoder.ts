import { EntropyDecoder } from "./entropy-decoder.ts";
import { unpackSigned } from "./bit-reader.ts";
import type { BitReader } from "./bit-reader.ts";

interface Node {
  property: number;
  threshold: number;
  above: number;
  predictor: number;
  context: number;
}

/** The tree and code of a frame's modular streams (ISO/IEC 18181-1 §H). */
export class ModularDecoder {
  readonly #nodes: Node[] = [];
  readonly #decoder: EntropyDecoder;

  constructor(reader: BitReader) {
    const decoder = new EntropyDecoder(reader, 6);
    decoder.begin(reader);
    let leaves = 0;
    for (let waiting = 1; waiting > 0; waiting--) {
      const property = decoder.read(reader, 1) - 1;
      if (property >= 0) {
        const threshold = unpackSigned(decoder.read(reader, 0));
        this.#nodes.push({ property, threshold, above: this.#nodes.length + waiting, predictor: 0, context: 0 });
        waiting += 2;
        continue;
      }
      const predictor = decoder.read(reader, 2);
      const rest = [3, 4, 5].map((context) => decoder.read(reader, context));
      if (rest.some((value) => value !== 0)) throw new RangeError("offset or multiplier");
      this.#nodes.push({ property, threshold: 0, above: 0, predictor, context: leaves++ });
    }
    decoder.end();
    this.#decoder = new EntropyDecoder(reader, leaves);
  }

  /** Reads one stream with its header; rows of each channel one after the other. */
  read(reader: BitReader, stream: number, sizes: readonly (readonly [width: number, height: number])[]): Int32Array[] {
    if (!reader.bool() || !reader.bool() || reader.u(2) !== 0) throw new RangeError("modular header");
    this.#decoder.begin(reader);
    const channels = sizes.map(([width, height], channel) => this.#readChannel(reader, stream, channel, width, height));
    this.#decoder.end();
    return channels;
  }

  #readChannel(reader: BitReader, stream: number, channel: number, width: number, height: number): Int32Array {
    const samples = new Int32Array(width * height);
    const weighted = weightedPredictor(width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = (column: number, row: number): number => samples[row * width + column];
        const w = x > 0 ? at(x - 1, y) : y > 0 ? at(x, y - 1) : 0;
        const n = y > 0 ? at(x, y - 1) : w;
        const nw = x > 0 && y > 0 ? at(x - 1, y - 1) : w;
        const ne = x + 1 < width && y > 0 ? at(x + 1, y - 1) : n;
        const { prediction, maxError } = weighted.predict(x, y, n, w, ne);
        let node = this.#nodes[0];
        while (node.property >= 0) {
          const value = node.property === 0 ? channel : node.property === 1 ? stream : maxError;
          if (![0, 1, 15].includes(node.property)) throw new RangeError("property");
          node = this.#nodes[value > node.threshold ? node.above : node.above + 1];
        }
        const residual = unpackSigned(this.#decoder.read(reader, node.context));
        const gradient = Math.min(Math.max(n + w - nw, Math.min(n, w)), Math.max(n, w));
        const predictions: Record<number, number> = { 0: 0, 5: gradient, 6: prediction };
        const sample = predictions[node.predictor] + residual;
        samples[y * width + x] = sample;
        weighted.update(x, y, sample);
      }
    }
    return samples;
  }
}

/** The weighted predictor, straight from ISO/IEC 18181-1 §H.5.2, with errors of all samples kept and numbers as bigints where needed. */
function weightedPredictor(width: number) {
  const trueErrors = new Map<number, number>();
  const subErrors = new Map<number, number[]>();
  let predictions = [0, 0, 0, 0];
  let overall = 0;
  const errorAt = (x: number, y: number): number => trueErrors.get(y * width + x) ?? 0;
  const subAt = (x: number, y: number): number[] => subErrors.get(y * width + x) ?? [0, 0, 0, 0];
  return {
    predict(x: number, y: number, n: number, w: number, ne: number): { prediction: number; maxError: number } {
      const right = x + 1 < width ? x + 1 : x;
      const left = x > 0 ? x - 1 : x;
      const eW = x > 0 ? errorAt(x - 1, y) : 0;
      const eN = errorAt(x, y - 1);
      const eNW = errorAt(left, y - 1);
      const eNE = errorAt(right, y - 1);
      const [n8, w8, ne8] = [n * 8, w * 8, ne * 8];
      predictions = [
        w8 + ne8 - n8,
        n8 - (((eW + eN + eNE) * 16) >> 5),
        w8 - (((eW + eN + eNW) * 10) >> 5),
        n8 - (((eNW + eN + eNE) * 7) >> 5),
      ];
      let weights = predictions.map((_, i) => {
        // The last column's left-over error counts for its right neighbour, which does not exist: twice for itself.
        let sum = subAt(x, y - 1)[i] + subAt(right, y - 1)[i] + subAt(left, y - 1)[i];
        sum += x > 0 ? subAt(x - 1, y)[i] : 0;
        sum += x > 1 ? subAt(x - 2, y)[i] : 0;
        if (x === width - 1 && x > 0) sum += subAt(x - 1, y)[i];
        const shift = Math.max(Math.floor(Math.log2(sum + 1)) - 5, 0);
        return 4 + Math.floor(((i === 0 ? 13 : 12) * Math.floor(2 ** 24 / ((sum >> shift) + 1))) / 2 ** shift);
      });
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const shift = Math.floor(Math.log2(total)) - 4;
      weights = weights.map((weight) => weight >> shift);
      const reduced = weights.reduce((sum, weight) => sum + weight, 0);
      const scaled = weights.reduce((sum, weight, i) => sum + weight * predictions[i], (reduced >> 1) - 1);
      overall = Number((BigInt(scaled) * BigInt(Math.floor(2 ** 24 / reduced))) >> 24n);
      if (((eN ^ eW) | (eN ^ eNW)) <= 0) {
        overall = Math.min(Math.max(overall, Math.min(n8, w8, ne8)), Math.max(n8, w8, ne8));
      }
      const errors = [eW, eN, eNW, eNE];
      const maxError = errors.reduce((largest, error) => (Math.abs(error) > Math.abs(largest) ? error : largest));
      return { prediction: (overall + 3) >> 3, maxError };
    },
    update(x: number, y: number, sample: number): void {
      trueErrors.set(y * width + x, overall - sample * 8);
      subErrors.set(
        y * width + x,
        predictions.map((prediction) => (Math.abs(prediction - sample * 8) + 3) >> 3),
      );
    },
  };
}
