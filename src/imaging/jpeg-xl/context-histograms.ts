import type { TokenStream } from "./ans-encoder.ts";
import { finestTokenOf, finestTokens } from "./hybrid-uint.ts";

/** How often each token occurs in each context. */
export interface ContextHistograms {
  readonly contexts: number;
  /** Tokens per context. */
  readonly bins: number;
  /** `contexts × bins` occurrences. */
  readonly counts: Uint32Array;
}

/** `bins`: tokens of the config that the values are counted with; those of `finestConfig` unless said otherwise. */
export function createHistograms(contexts: number, bins: number = finestTokens): ContextHistograms {
  return { contexts, bins, counts: new Uint32Array(contexts * bins) };
}

/** Counts a stream with the tokens of `finestConfig`. */
export function countTokens({ counts }: ContextHistograms, { contexts, values, length }: TokenStream): void {
  for (let i = 0; i < length; i++) counts[contexts[i] * finestTokens + finestTokenOf[values[i]]]++;
}
