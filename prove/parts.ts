/** The proofs. Each is run by its row, and its record becomes a section of `docs/proof.md`. */
import type { Proof, ProofRecord } from "./record.ts";

export interface ProofPart {
  readonly title: string;
  /** What is tried, and how the figures are to be read, in Markdown. */
  readonly about: string;
  /** What follows from the figures of a run, in a sentence. */
  readonly conclude?: (record: ProofRecord) => string | undefined;
  /** Runs it. The module is loaded then, so that the page can be written without it. */
  readonly run: (options: readonly string[]) => Promise<Proof>;
}

/** How the figures of memory are taken. */
const heap = `*Heap* is the most that the runtime counts of an isolate (\`Runtime.getHeapUsage\` of the inspector, every 20 ms: objects,
buffers and WebAssembly), with what is not collected yet; it is to stay at 100 MB of the platform's 128, since machine code is
not in it.`;
const predicted = `*Predicted* is what the planner says of the dearest work on the source; it is to be no more than 10 % below what the heap
is over idle. *Resident* is of the whole process, which holds the emulated cache as well.`;

export const parts: Readonly<Record<string, ProofPart>> = {
  fuzz: {
    title: "Damaged files in process",
    about: `Files of the corpus and of the tests are damaged on purpose: flipped bits, cuts, splices, segments and chunks and boxes that
come twice, in another place, from another file or not at all, lengths that lie, other sides, PNGs that are damaged inside of
their compressed stream. Each goes through the reader of its header, the readers of metadata, the plan under one of four
sets of settings, the decoder, and up to two of the recipes that the plan allows.

Only declared errors may come, and no crash or hang; a step may take 1 s of processor time for each 100 KB of the file, or four times
what was predicted; memory may be twice the prediction, and 64 MB of what is not collected yet. What is decoded or made has to show
what libvips shows of the damaged file (libjxl, OpenJPEG and the JPEG XR reference software read what they must); where
libvips objects, Chromium decides. "Not judged" are pictures that libvips refuses or has no one look for (CMYK).

\`npm run fuzz -- --seconds 60 --seed 7\` tries another seed, \`--format jpeg\` one format; \`--only 123\` makes the same input of a seed again
and leaves it in \`prove/findings/\`. By night: \`npm run fuzz -- --inputs 1000000 --seed $(date +%j)\`; \`--from 250000\` goes on with a
run that was ended. Each 20,000 inputs have a process of their own, so that memory does not add up.`,
    conclude: ({ tables: [, seeds], command }) => {
      const seconds = Number(/--seconds (\d+)/.exec(command)?.[1]);
      const rates = (seeds?.rows ?? []).map(([, inputs = ""]) => Number(inputs.replaceAll(",", "")) / seconds);
      const perSecond = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      return Number.isFinite(perSecond)
        ? `A seed went through ${perSecond.toFixed(1)} inputs each second: a million inputs take ${(1e6 / perSecond / 3600).toFixed(1)} hours.`
        : undefined;
    },
    run: async (options) => (await import("./fuzz.ts")).run(options),
  },
  server: {
    title: "Damaged files through the server",
    about: `The same inputs as above, from an origin through the built Worker in \`workerd\`: two of seven kinds of clients ask for each, both
twice. No answer is a 5xx or breaks off; each is the source, byte for byte, or shows what it shows, judged as above. After every
twelve files a new sound picture is asked for, and is made.`,
    run: async (options) => (await import("./server.ts")).run(options),
  },
  bombs: {
    title: "Files that unfold",
    about: `Small files that announce or unfold to what nobody could hold, each made by the command and tried in a process of its own.
*Deciding* is reading the header, the metadata and the plan; *then* is what the plan has made all the same, since it fits its bounds.
Megabytes are those by which the process grew at the most.`,
    run: async (options) => (await import("./bombs.ts")).run(options),
  },
  "memory-at-once": {
    title: "Memory: many at once",
    about: `What an isolate takes when all pictures of a row are asked for at once, and until nothing is pending any more. ${heap} ${predicted}`,
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
    about: "The same, of photographs that were enlarged, since a PNG of more than 25 MB passes in any case.",
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
cache. ${heap} It is not to grow from the first tenth to the last; the lowest figure of a tenth, just after a collection, shows what is held.`,
    run: async () => (await import("./memory/soak.ts")).proveSoak(),
  },
  browsers: {
    title: "Browsers of three engines",
    about: `The demo gallery and the inspector in Chromium (by the DevTools protocol), Firefox ESR (WebDriver BiDi), the same with JPEG XL
switched on, and WebKitGTK (WebDriver). Each picture of the demo is asked for by the engine's own request for an image, until its file
is final; its width has to be known to the page, and its format listed in the \`Accept\` of the request. Beside the format is the mean difference, of
255, to the original as the same engine draws it (animations: their first frames); it may be 5 (fine texture is at 4.5 in all of them), except for print colours, which each
engine converts in its own way. "–": the engine does not show the original. Nothing may be reported to the console as an error.
The photograph of 24 megapixels comes as WebP or JPEG XL and is compared at a quarter of its sides.

On Debian: \`apt-get install chromium firefox-esr webkit2gtk-driver xvfb\`.`,
    run: async () => (await import("./browsers.ts")).run(),
  },
  floods: {
    title: "Floods",
    about: `Requests for a known photograph of 0.2 megapixels, each with another value of something that a client may choose; a modern browser's
files of it are there before. Source fetches, files made and operations of the cache are counted, processor time is that of the application and its codecs in
Node.js on this machine, and dollars are those of the price list (requests and processor time; an origin's traffic comes on top). A larger picture
costs more in proportion to its pixels. Beyond a \`RATE_LIMITER\`'s limit (here 5, one of which went for the picture itself) a request costs what an unsigned one does.`,
    run: async () => (await import("./floods.ts")).run(),
  },
  faults: {
    title: "Faults of our own",
    about: `Each of our own parts fails in turn, while three kinds of clients ask for a picture that is known and one that is new. Each answer
is a 200 with the original, or with a file that a run without faults gives, too; the failure is in the log once for each isolate and not for each request;
and when the part is whole again, every client gets its final file.`,
    run: async () => (await import("./faults.ts")).run(),
  },
  thousand: {
    title: "A thousand requests through a fleet",
    about: `50 pictures of three formats, each asked for by five kinds of clients at two gateways at once, in two rounds; messages are delivered after each.`,
    run: async () => (await import("./thousand.ts")).run(),
  },
  soak: {
    title: "A soak with faults",
    about: `Clients of five kinds ask one Worker and a fleet of two gateways for 60 pictures, in one process and with the real
codecs, for 20 minutes unless the command says otherwise. Meanwhile the origin is slow, does not answer, cuts, fails, redirects, lies about lengths, and has other versions of its pictures; the
edge caches, R2 and the queue throw, hang, come late, lose, cut, and give back something else (the first table). No answer may be an error of
ours, break off where the origin's did not, or show another picture. Then the faults stop: every picture has to become final for every kind
of client, in the same bytes as from stores and an origin that never failed, with nothing left in flight, in memory, or leased.
(How often a picture is encoded, and so how small it gets, depends on time, too: another file has to show the same.)
After the first tenth and after the last nobody asks for some two minutes, and codecs that do nothing are dropped: the heap may not have grown
by more than 8 MB, and no codec may be left at work.

\`npm run prove -- soak --seconds 60 --seed 7\` tries another seed for a minute.`,
    run: async (options) => (await import("./soak.ts")).run(options),
  },
};
