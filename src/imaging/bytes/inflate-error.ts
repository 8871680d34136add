/** The stream is broken, ends early, or gives more than it may. */
export class InflateError extends Error {
  override readonly name = "InflateError";
}
