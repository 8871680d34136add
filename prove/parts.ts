/** The proofs. Each is run by its row, and its record becomes a section of `docs/proof.md`. */
import type { Proof } from "./record.ts";

export interface ProofPart {
  readonly title: string;
  /** What is tried, and how the figures are to be read, in Markdown. */
  readonly about: string;
  /** Runs it. The module is loaded then, so that the page can be written without it. */
  readonly run: (options: readonly string[]) => Promise<Proof>;
}

/** How the figures of memory are taken. */
const heap = `*Heap* is the most that the runtime counts of an isolate (\`Runtime.getHeapUsage\` of the inspector, every 20 ms: objects,
buffers and WebAssembly), with what is not collected yet; it is to stay at 100 MB of the platform's 128, since machine code is
not in it.`;
const held = `*Held* is the same where what is not used any more is collected all the time, in a second run; *predicted* is what the
planner says of the dearest work on the source, and it is to be no more than 10 % below what is held over idle. *Resident* is
of the whole process, which holds the emulated cache as well.`;

export const parts: Readonly<Record<string, ProofPart>> = {
  "memory-at-once": {
    title: "Memory: many at once",
    about: `What an isolate takes when all pictures of a row are asked for at once, and until nothing is pending any more. ${heap} ${held}`,
    run: async () => (await import("./memory/at-once.ts")).proveBursts(),
  },
  "memory-baseline": {
    title: "Memory: large baseline JPEGs",
    about:
      "As above, for one picture that three kinds of clients ask for at once: of JPEG XL, of AVIF and WebP, of neither.",
    run: async () => (await import("./memory/at-once.ts")).proveLargeJpegs("baseline"),
  },
  "memory-progressive": {
    title: "Memory: large progressive JPEGs",
    about: "The same.",
    run: async () => (await import("./memory/at-once.ts")).proveLargeJpegs("progressive"),
  },
  "memory-png": {
    title: "Memory: large PNGs",
    about: "The same, of photographs.",
    run: async () => (await import("./memory/at-once.ts")).proveLargePngs(),
  },
  "memory-corpus": {
    title: "Memory: every file of the corpus",
    about: `One isolate is asked for every picture of a corpus, one after the other, by three kinds of clients at once: usual ones, odd
ones, broken ones and bombs. ${heap}`,
    run: async () => (await import("./memory/corpus.ts")).proveCorpus(),
  },
  "memory-soak": {
    title: "Memory: a soak",
    about: `One isolate is asked 2,000 times for 60 pictures of the corpus by six kinds of clients, six at a time, beginning with an empty
cache. ${heap} What is left after a collection is not to be more after the last tenth than after the first.`,
    run: async () => (await import("./memory/soak.ts")).proveSoak(),
  },
};
