/** How a band's counts weigh: `first` for channel 0, `others` for the chroma channels together. */
export interface BandWeights {
  readonly initialBits: number;
  readonly first: number;
  readonly others: number;
  readonly othersShift: number;
}

/** ITU-T T.832, update of the model bits; the chroma weights are those of three channels. */
export const bandWeights = {
  dc: { initialBits: 8, first: 240, others: 120, othersShift: 0 },
  lowpass: { initialBits: 4, first: 12, others: 6, othersShift: 0 },
  highpass: { initialBits: 0, first: 1, others: 8, othersShift: 4 },
} as const satisfies Record<string, BandWeights>;

/** Weighted count at which the number of raw bits is right. */
const target = 70;
const maxModelBits = 15;

/** How many low bits of a band's coefficients are sent raw, followed macroblock by macroblock. */
export class ModelBits {
  readonly #weights: BandWeights;
  readonly #isMultiChannel: boolean;
  readonly #state = new Int32Array(2);
  /** Raw bits of channel 0. */
  first: number;
  /** Raw bits of the other channels. */
  others: number;

  constructor(weights: BandWeights, channels: number) {
    this.#weights = weights;
    this.#isMultiChannel = channels > 1;
    this.first = weights.initialBits;
    this.others = weights.initialBits;
  }

  /** Takes the numbers of coefficients of the macroblock that had more than raw bits. */
  update(firstCount: number, othersCount: number): void {
    const { first, others, othersShift } = this.#weights;
    this.first = this.#step(0, this.first, firstCount * first);
    if (this.#isMultiChannel) this.others = this.#step(1, this.others, (othersCount * others) >> othersShift);
  }

  #step(which: 0 | 1, bits: number, weighted: number): number {
    const state = this.#state;
    const deviation = (weighted - target) >> 2;
    if (deviation <= -8) {
      state[which] += Math.max(deviation + 4, -16);
      if (state[which] < -8) {
        state[which] = bits === 0 ? -8 : 0;
        return Math.max(bits - 1, 0);
      }
    } else if (deviation >= 8) {
      state[which] += Math.min(deviation - 4, 15);
      if (state[which] > 8) {
        state[which] = bits >= maxModelBits ? 8 : 0;
        return Math.min(bits + 1, maxModelBits);
      }
    }
    return bits;
  }
}
