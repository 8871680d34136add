/** One page in a real browser, whatever protocol drives it. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  /** Goes there, and settles when the page has loaded. */
  open(url: string): Promise<void>;
  /** The value of an expression in the page, or of the promise that it is; it has to be JSON. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** What has been reported to the console as an error, or thrown and not caught, since the last call. */
  takeErrors(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Milliseconds between two looks at a page. */
const pollMs = 250;

/** Waits until an expression is true in the page. */
export async function waitFor(engine: Engine, expression: string, timeoutMs = 180_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await engine.evaluate<boolean>(`Boolean(${expression})`))) {
    if (performance.now() > end) throw new Error(`${engine.name} waited in vain for ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
