/** The proofs. Each is run by its row, and its record becomes a section of `docs/proof.md`. */
import type { Proof } from "./record.ts";

export interface ProofPart {
  readonly title: string;
  /** What is tried, and how the figures are to be read, in Markdown. */
  readonly about: string;
  /** Runs it. The module is loaded then, so that the page can be written without it. */
  readonly run: (options: readonly string[]) => Promise<Proof>;
}

export const parts: Readonly<Record<string, ProofPart>> = {};
