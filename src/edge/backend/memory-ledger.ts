/** Counts bytes that are held in this isolate outside of WASM instances: sources in flight and decoded pixels. */
export interface MemoryLedger {
  /** Adds to the count; the result takes it off again, once. */
  hold(bytes: number): () => void;
  heldBytes(): number;
}

export function createMemoryLedger(): MemoryLedger {
  let held = 0;
  return {
    hold(bytes) {
      held += bytes;
      let isHeld = true;
      return () => {
        if (isHeld) held -= bytes;
        isHeld = false;
      };
    },
    heldBytes: () => held,
  };
}
