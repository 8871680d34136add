/** `basis[8 × frequency + sample]`, orthonormal. */
const basis = Float32Array.from({ length: 64 }, (_, at) => {
  const [frequency, sample] = [at >> 3, at & 7];
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * sample + 1) * frequency * Math.PI) / 16);
});

const columns = new Float32Array(64);

/** The transform of 8 × 8 samples around 0 (ITU T.81 §A.3.3), both in natural order. */
export function transformBlock(samples: Float32Array, coefficients: Float32Array): void {
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += basis[8 * v + y] * samples[8 * y + x];
      columns[8 * v + x] = sum;
    }
  }
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += basis[8 * u + x] * columns[8 * v + x];
      coefficients[8 * v + u] = sum;
    }
  }
}
