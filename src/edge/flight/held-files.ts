import type { MemoryLedger } from "../backend/memory-ledger.ts";
import type { VariantId } from "../targets.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Files by variant, counted in the memory ledger for as long as they are held. */
export class HeldFiles {
  readonly #ledger: Pick<MemoryLedger, "hold">;
  readonly #files = new Map<VariantId, Bytes>();
  readonly #releases = new Map<VariantId, () => void>();
  #isReleased = false;

  constructor(ledger: Pick<MemoryLedger, "hold">) {
    this.#ledger = ledger;
  }

  get files(): ReadonlyMap<VariantId, Bytes> {
    return this.#files;
  }

  get(id: VariantId): Bytes | undefined {
    return this.#files.get(id);
  }

  set(id: VariantId, bytes: Bytes): void {
    this.delete(id);
    this.#files.set(id, bytes);
    if (!this.#isReleased) this.#releases.set(id, this.#ledger.hold(bytes.byteLength));
  }

  delete(id: VariantId): void {
    this.#releases.get(id)?.();
    this.#releases.delete(id);
    this.#files.delete(id);
  }

  /** Counts them no longer, nor what still comes; an answer under way may still read them. */
  release(): void {
    this.#isReleased = true;
    for (const release of this.#releases.values()) release();
    this.#releases.clear();
  }
}
