/** The arithmetic mean; NaN of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of ratios: of ten times and a tenth it is one. */
export function geometricMeanOf(values: readonly number[]): number {
  return Math.exp(meanOf(values.map(Math.log)));
}

/** Share of the source's bytes that is not sent, in percent; negative when more is sent. */
export function savedPercent(source: number, sent: number): number {
  return (1 - sent / source) * 100;
}
