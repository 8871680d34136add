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

/** A part of the count that grows and ends as a whole: what is held for one source until its owner counts it. */
export interface Room {
  /**
   * Counts so many bytes more; false, and nothing is counted, where there is no room for them or it has been closed.
   * @param spareBytes for which there has to be room, too, although they are not counted
   */
  take(bytes: number, spareBytes?: number): boolean;
  /** Gives all of it back. */
  clear(): void;
  /** The same, and takes no more. */
  close(): void;
}

/** @param mostBytes of everything that the ledger counts */
export function openRoom(ledger: Pick<MemoryLedger, "holdWithin">, mostBytes: number): Room {
  const releases: (() => void)[] = [];
  let isClosed = false;
  const clear = (): void => {
    for (const release of releases.splice(0)) release();
  };
  return {
    take: (bytes, spareBytes = 0) => {
      const release = isClosed ? undefined : ledger.holdWithin(mostBytes - spareBytes, bytes);
      if (release !== undefined) releases.push(release);
      return release !== undefined;
    },
    clear,
    close: () => {
      isClosed = true;
      clear();
    },
  };
}
