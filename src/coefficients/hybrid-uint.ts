/**
 * How a number is split into an entropy-coded token and bits that are stored as they are (ISO/IEC 18181-1 §C.3.3): below
 * 2^split the token is the number; above, it holds the position of the leading bit, `msb` bits after it and `lsb` lowest bits.
 */
export interface HybridUintConfig {
  readonly split: number;
  readonly msb: number;
  readonly lsb: number;
}

/** Numbers below this can be coded: the packed difference of two DC coefficients has 13 bits. */
export const codableValues = 8192;

/** Tokens of `finestConfig` for all codable values. */
export const finestTokens = 96;

/** Histograms are collected with this: the tokens of every config that keeps fewer bits follow from its tokens. */
export const finestConfig: HybridUintConfig = { split: 5, msb: 2, lsb: 1 };

/** Bytes as they are. */
export const byteConfig: HybridUintConfig = { split: 8, msb: 0, lsb: 0 };

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

/** Token of a value and number of bits behind it, as token | bits << 8. */
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

/** `splitValue` of every codable value. */
function tabulate(config: HybridUintConfig): Uint16Array {
  return Uint16Array.from({ length: codableValues }, (_, value) => splitValue(config, value));
}

/** Token of `finestConfig` of every codable value. */
export const finestTokenOf: Uint8Array = Uint8Array.from(tabulate(finestConfig), (entry) => entry & 0xff);

/** A config with its tables. */
export interface HybridUintTable extends HybridUintConfig {
  /** `splitValue` of every codable value. */
  readonly entries: Uint16Array;
  /** For each token of `finestConfig`: this config's token | bits << 8. */
  readonly fromFinest: Uint16Array;
}

function tabulateConfig(config: HybridUintConfig): HybridUintTable {
  const entries = tabulate(config);
  const fromFinest = Uint16Array.from({ length: finestTokens }, (_, token) => entries[representative(token)]);
  return { ...config, entries, fromFinest };
}

/** Smallest value with a given token of `finestConfig`. */
function representative(token: number): number {
  if (token < 32) return token;
  const exponent = 5 + ((token - 32) >> 3);
  return (1 << exponent) | (((token >> 1) & 3) << (exponent - 2)) | (token & 1);
}

export const candidateTables: readonly HybridUintTable[] = candidateConfigs.map(tabulateConfig);

/** For streams of bytes, whose histograms have one bin per byte. */
export const byteTable: HybridUintTable = {
  ...byteConfig,
  entries: Uint16Array.from({ length: 256 }, (_, byte) => byte),
  fromFinest: Uint16Array.from({ length: 256 }, (_, byte) => byte),
};
