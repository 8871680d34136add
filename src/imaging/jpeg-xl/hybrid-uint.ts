/**
 * How a number is split into an entropy-coded token and bits that are stored as they are (ISO/IEC 18181-1 §C.3.3): below
 * 2^split the token is the number; above, it holds the position of the leading bit, `msb` bits after it and `lsb` lowest bits.
 */
export interface HybridUintConfig {
  readonly split: number;
  readonly msb: number;
  readonly lsb: number;
}

/**
 * Numbers below this can be coded. Packed differences of DC coefficients reach 8192 in real pictures: those are ±1024,
 * and a prediction may lie beyond its neighbours by as much as they differ.
 */
export const codableValues = 1 << 14;

/** The same of samples with more than 8 bits, whose differences may be eight times as large as the samples. */
export const codableWideValues = 1 << 20;

/** Histograms are collected with this: the tokens of every config that keeps fewer bits follow from its tokens. */
const finestConfig: HybridUintConfig = { split: 5, msb: 2, lsb: 1 };

/** Tokens of `finestConfig` for all codable values, and for the wide ones. */
export const finestTokens = 104;
export const finestWideTokens = 152;

/** Raw bits of a value, at most: they are written in one piece with 16 of the state. */
export const mostRawBits = 16;

/** Configs that are tried for each histogram; all follow from `finestConfig`. */
const candidateConfigs: readonly HybridUintConfig[] = [
  { split: 4, msb: 2, lsb: 0 },
  { split: 4, msb: 1, lsb: 0 },
  { split: 4, msb: 1, lsb: 1 },
  { split: 4, msb: 2, lsb: 1 },
  { split: 5, msb: 2, lsb: 0 },
  { split: 5, msb: 2, lsb: 1 },
  { split: 3, msb: 2, lsb: 0 },
  { split: 3, msb: 1, lsb: 0 },
  { split: 3, msb: 1, lsb: 1 },
  { split: 2, msb: 0, lsb: 1 },
  { split: 2, msb: 0, lsb: 0 },
  { split: 0, msb: 0, lsb: 0 },
];

/**
 * Token of a value and number of bits after it, as token | bits << 8.
 * @internal exported for tests
 */
export function splitValue({ split, msb, lsb }: HybridUintConfig, value: number): number {
  if (value < 1 << split) return value;
  const exponent = 31 - Math.clz32(value);
  const mantissa = value - (1 << exponent);
  const token =
    (1 << split) +
    ((exponent - split) << (msb + lsb)) +
    ((mantissa >> (exponent - msb)) << lsb) +
    (mantissa & ((1 << lsb) - 1));
  return token | ((exponent - msb - lsb) << 8);
}

/** Smallest value with a given token of `finestConfig`. */
function representative(token: number): number {
  if (token < 32) return token;
  const exponent = 5 + ((token - 32) >> 3);
  return (1 << exponent) | (((token >> 1) & 3) << (exponent - 2)) | (token & 1);
}

/** Token of `finestConfig` of every codable value. */
export const finestTokenOf: Uint8Array = listTokens(codableValues);

/** The same of every value below `limit`, a power of two. */
export function listTokens(limit: number): Uint8Array {
  const tokens = new Uint8Array(limit);
  for (let token = 0; token < 32; token++) tokens[token] = token;
  for (let token = 32, first = 32; first < limit; token += 2, first = representative(token)) {
    // Two tokens alternate: they differ in the lowest bit of the value.
    const length = 1 << (31 - Math.clz32(first) - finestConfig.msb);
    for (let i = 0; i < length; i++) tokens[first + i] = token + (i & 1);
  }
  return tokens;
}

/** A config with what follows for tokens that values were counted with. */
export interface HybridUintTable extends HybridUintConfig {
  /** For each of these: this config's token | number of raw bits << 8. */
  readonly splits: Uint16Array;
}

export const candidateTables: readonly HybridUintTable[] = candidateConfigs.map((config) => ({
  ...config,
  splits: Uint16Array.from({ length: finestWideTokens }, (_, token) => splitValue(config, representative(token))),
}));

/** For streams of bytes, which are their own tokens. */
export const byteTable: HybridUintTable = {
  split: 8,
  msb: 0,
  lsb: 0,
  splits: Uint16Array.from({ length: 256 }, (_, byte) => byte),
};
export const byteTokenOf: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => byte);
