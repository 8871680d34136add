/** A number that is not 0 as IEEE 754 half precision, its magnitude rounded to nearest. */
export function half(value: number): number {
  const magnitude = Math.abs(value);
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  // A mantissa rounded up to 2 carries into the exponent, as it should.
  const bits = ((exponent + 14) << 10) + Math.round((magnitude / 2 ** exponent) * 1024);
  return value < 0 ? bits | 0x8000 : bits;
}

/** The number that a decoder reads from these 16 bits; not for infinities. */
export function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  const magnitude = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
  return bits >= 0x8000 ? -magnitude : magnitude;
}
