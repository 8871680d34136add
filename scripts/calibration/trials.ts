import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createScorer, type Scorer } from "../../bench/bytes/score.ts";
import type { EncodedFormat, EncodeSettings, ScoredFormat } from "../../src/imaging/model/settings.ts";
import type { Imaging, OpenImage } from "../../src/imaging/imaging.ts";
import { probeImage } from "../../src/imaging/probe/probe.ts";

export interface Trial {
  readonly bytes: number;
  /** SSIMULACRA 2 of the variant against the decoded source. */
  readonly score: number;
  /** As the Worker itself measures it; only where requested, and of formats that it scores. */
  readonly dissimilarity?: number;
}

/** One source, of which variants are made and scored. */
export interface TrialSource {
  readonly bytes: number;
  /** @param withDissimilarity whether it is wanted as well */
  run(settings: EncodeSettings, withDissimilarity?: boolean): Promise<Trial>;
  close(): void;
}

/** Outside of version control; every score is kept, so that a calibration can be interrupted and refined. */
const storePath = fileURLToPath(new URL("../../node_modules/.cache/edge-imaging/calibration.jsonl", import.meta.url));

export class TrialStore {
  readonly #trials = new Map<string, Trial>();

  constructor() {
    if (!existsSync(storePath)) return;
    for (const line of readFileSync(storePath, "utf8").split("\n").filter(Boolean)) {
      const { key, ...trial } = JSON.parse(line) as Trial & { key: string };
      this.#trials.set(key, trial);
    }
  }

  get(key: string): Trial | undefined {
    return this.#trials.get(key);
  }

  set(key: string, trial: Trial): void {
    this.#trials.set(key, trial);
    mkdirSync(dirname(storePath), { recursive: true });
    appendFileSync(storePath, `${JSON.stringify({ key, ...trial })}\n`);
  }
}

function isCompared(format: EncodedFormat): format is ScoredFormat {
  return format === "avif" || format === "webp";
}

/** Decoding and scoring begin with the first trial that is not in the store. */
export function openSource(store: TrialStore, imaging: Imaging, file: Uint8Array<ArrayBuffer>): TrialSource {
  const id = createHash("sha256").update(file).digest("hex").slice(0, 16);
  let opened: Promise<{ image: OpenImage; scorer: Scorer }> | undefined;
  const open = async (): Promise<{ image: OpenImage; scorer: Scorer }> => {
    const facts = await probeImage(file);
    if (facts === undefined) throw new Error("the source is no image");
    return { image: imaging.open(file, facts, "none"), scorer: await createScorer(file, facts.format) };
  };
  let close = (): void => undefined;
  return {
    bytes: file.length,
    run: async (settings, withDissimilarity = false) => {
      const key = `${id} ${JSON.stringify(settings)}`;
      const known = store.get(key);
      const scored = withDissimilarity && isCompared(settings.format) ? settings.format : undefined;
      if (known !== undefined && (scored === undefined || known.dissimilarity !== undefined)) return known;
      const { image, scorer } = await (opened ??= open());
      close = () => {
        image.close();
        scorer.close();
      };
      const made = await image.make({ kind: "encode", settings });
      if (made.kind !== "made") throw new Error(`${settings.format}: ${made.kind}`, { cause: made.cause });
      const score = known?.score ?? (await scorer.score(made.bytes, settings.format));
      const dissimilarity = scored && (await image.compare(made.bytes, scored));
      const trial = { bytes: made.bytes.length, score, ...(dissimilarity === undefined ? {} : { dissimilarity }) };
      store.set(key, trial);
      return trial;
    },
    close: () => close(),
  };
}
