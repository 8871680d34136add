/** Counts bytes that are held in this isolate outside of WASM instances: sources in flight and decoded pixels. */
export interface MemoryLedger {
  /** Adds to the count; the result takes it off again, once. */
  hold(bytes: number): () => void;
  /** The same where the count stays within `mostBytes`; else undefined, and nothing is counted. */
  holdWithin(mostBytes: number, bytes: number): (() => void) | undefined;
  heldBytes(): number;
}

export function createMemoryLedger(): MemoryLedger {
  let held = 0;
  const hold = (bytes: number): (() => void) => {
    held += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) held -= bytes;
      isHeld = false;
    };
  };
  return {
    hold,
    holdWithin: (mostBytes, bytes) => (held + bytes > mostBytes ? undefined : hold(bytes)),
    heldBytes: () => held,
  };
}
