/**
 * The self-correcting predictor of JPEG XL's modular mode with its default parameters (ISO/IEC 18181-1 §H.5.2): four
 * predictions, weighted by how well each did nearby. It works in eighths of a level.
 */
export class WeightedPredictor {
  readonly #width: number;
  /** Two rows each, alternating: the errors of the whole, and those of the four predictions. */
  readonly #errors: Int32Array;
  readonly #subErrors: readonly Int32Array[];
  readonly #predictions = new Int32Array(4);
  readonly #weights = new Int32Array(4);
  #prediction = 0;

  /** What property 15 of a decision tree is: the error among the neighbours with the largest magnitude, in eighths. */
  maxError = 0;

  /** `width`: samples per row. */
  constructor(width: number) {
    this.#width = width;
    const length = (width + 2) * 2;
    this.#errors = new Int32Array(length);
    this.#subErrors = Array.from({ length: 4 }, () => new Int32Array(length));
  }

  /**
   * Predicts the sample at (x, y) from its neighbours: above, left, above right. Samples are requested in raster order.
   */
  predict(x: number, y: number, north: number, west: number, northEast: number): number {
    const rowLength = this.#width + 2;
    const current = (y & 1) === 1 ? rowLength : 0;
    const atNorth = rowLength - current + x;
    const atNorthEast = x < this.#width - 1 ? atNorth + 1 : atNorth;
    const atNorthWest = x > 0 ? atNorth - 1 : atNorth;
    const errors = this.#errors;
    const errorWest = x === 0 ? 0 : errors[current + x - 1];
    const errorNorth = errors[atNorth];
    const errorNorthWest = errors[atNorthWest];
    const errorNorthEast = errors[atNorthEast];
    let maxError = errorWest;
    if (Math.abs(errorNorth) > Math.abs(maxError)) maxError = errorNorth;
    if (Math.abs(errorNorthWest) > Math.abs(maxError)) maxError = errorNorthWest;
    if (Math.abs(errorNorthEast) > Math.abs(maxError)) maxError = errorNorthEast;
    this.maxError = maxError;

    const n = north * 8;
    const w = west * 8;
    const ne = northEast * 8;
    const both = errorNorth + errorWest;
    const predictions = this.#predictions;
    predictions[0] = w + ne - n;
    predictions[1] = n - (((both + errorNorthEast) * 16) >> 5);
    predictions[2] = w - (((both + errorNorthWest) * 10) >> 5);
    predictions[3] = n - (((errorNorthWest + errorNorth + errorNorthEast) * 7) >> 5);

    const weights = this.#weights;
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      const sub = this.#subErrors[i];
      weights[i] = weightOf(sub[atNorth] + sub[atNorthEast] + sub[atNorthWest], i === 0 ? 13 : 12);
      sum += weights[i];
    }
    const shift = 31 - Math.clz32(sum) - 4;
    sum = 0;
    for (let i = 0; i < 4; i++) {
      weights[i] >>= shift;
      sum += weights[i];
    }
    let weighted = (sum >> 1) - 1;
    for (let i = 0; i < 4; i++) weighted += predictions[i] * weights[i];
    // Beyond 32 bits, within the 53 of a number.
    let prediction = Math.floor((weighted * reciprocals[sum - 1]) / (1 << 24));
    // Where the errors agree in sign, the prediction may leave the range of the neighbours.
    if (((errorNorth ^ errorWest) | (errorNorth ^ errorNorthWest)) <= 0) {
      prediction = Math.max(Math.min(prediction, Math.max(w, ne, n)), Math.min(w, ne, n));
    }
    this.#prediction = prediction;
    return (prediction + 3) >> 3;
  }

  /** Takes the true value of the sample that was predicted last. */
  update(value: number, x: number, y: number): void {
    const rowLength = this.#width + 2;
    const current = (y & 1) === 1 ? rowLength : 0;
    const previous = rowLength - current;
    const scaled = value * 8;
    this.#errors[current + x] = this.#prediction - scaled;
    for (let i = 0; i < 4; i++) {
      const error = (Math.abs(this.#predictions[i] - scaled) + 3) >> 3;
      this.#subErrors[i][current + x] = error;
      this.#subErrors[i][previous + x + 1] += error;
    }
  }
}

/** 2²⁴ / (i + 1). */
const reciprocals = Uint32Array.from({ length: 64 }, (_, i) => Math.floor((1 << 24) / (i + 1)));

/** Falls with the error of a prediction, from `largest` × 2²⁴ on. */
function weightOf(error: number, largest: number): number {
  const shift = Math.max(31 - Math.clz32(error + 1) - 5, 0);
  return 4 + ((largest * reciprocals[error >> shift]) >> shift);
}
