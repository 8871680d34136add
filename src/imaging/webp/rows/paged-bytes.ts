/** Bytes of a page. Growing by pages never copies what is there. */
const pageBytes = 1 << 16;

/** A growing sequence of bytes. */
export class PagedBytes {
  readonly #full: Uint8Array[] = [];
  #fullBytes = 0;
  #page = new Uint8Array(pageBytes);
  /** Bytes written to `#page`. */
  #used = 0;

  push(byte: number): void {
    if (this.#used === pageBytes) this.#turnPage();
    this.#page[this.#used++] = byte;
  }

  #turnPage(): void {
    this.#full.push(this.#page);
    this.#fullBytes += pageBytes;
    this.#page = new Uint8Array(pageBytes);
    this.#used = 0;
  }

  get length(): number {
    return this.#fullBytes + this.#used;
  }

  pages(): Uint8Array[] {
    return [...this.#full, this.#page.subarray(0, this.#used)];
  }
}
