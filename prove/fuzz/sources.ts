/** The sound files that inputs are made of. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FormatId } from "../../src/imaging/model/formats.ts";
import { hashText } from "../../src/edge/config.ts";
import { sniffFormat } from "../../src/imaging/probe/sniff.ts";
import { type Mutated, mutate } from "./mutate.ts";
import { createRandom, type Random } from "./random.ts";

/** The shared corpus beside the checkout; without it the fixtures are what there is. */
const folders = ["../../../shared/corpus/", "../../test/fixtures/"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Larger files are taken less often: ten small ones show more in the same time. */
const smallBytes = 60_000;
const largestBytes = 1_500_000;

export interface Source {
  readonly path: string;
  readonly bytes: number;
  readonly format: FormatId;
}

export interface Input extends Mutated {
  readonly number: number;
  readonly source: string;
  readonly format: FormatId;
  /** Before it was damaged. */
  readonly sound: Buffer;
  /** What is done with it is chosen by these numbers, so that it too is the same again. */
  readonly random: Random;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Whatever is an image there, by format, always in the same order. */
export function listSources(only?: string): readonly Source[] {
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .toSorted()
      .flatMap((name): Source[] => {
        const path = `${folder}${name}`;
        const stat = statSync(path);
        if (!stat.isFile() || stat.size > largestBytes || /\.(md|json|csv|yuv)$/i.test(name)) return [];
        const format = sniffFormat(readFileSync(path));
        return format === undefined || (only !== undefined && format !== only)
          ? []
          : [{ path, bytes: stat.size, format }];
      }),
  );
}

/** How often a format is taken: by what there is to go wrong in it here. */
const weights: Partial<Record<FormatId, number>> = { jpeg: 6, png: 5, tiff: 4, gif: 3, webp: 3, avif: 3 };

/** Makes the inputs of one seed. Each depends on the seed, its number and the sources alone. */
export function createInputs(seed: number, only?: string): { readonly sources: number; make(number: number): Input } {
  const sources = listSources(only);
  const byFormat = Map.groupBy(sources, ({ format }) => format);
  const formats = [...byFormat.keys()].flatMap((format) => Array<FormatId>(weights[format] ?? 1).fill(format));
  const files = new Map<string, Buffer>();
  const read = ({ path, bytes }: Source): Buffer => {
    const file = files.get(path) ?? readFileSync(path);
    if (bytes <= smallBytes) files.set(path, file);
    return file;
  };
  /** By lot, so that a further source changes few inputs. Large ones seldom win. */
  const choose = (random: Random, candidates: readonly Source[]): Source => {
    const ticket = random.below(2 ** 32);
    const lots = candidates.map(({ path, bytes }) => {
      const lot = createRandom(ticket, hashText(nameOf(path))).real();
      return bytes > smallBytes ? lot ** 5 : lot;
    });
    const chosen = candidates[lots.indexOf(Math.max(...lots))];
    if (chosen === undefined) throw new Error("no source");
    return chosen;
  };
  return {
    sources: sources.length,
    make: (number) => {
      const random = createRandom(seed, number);
      const format = random.pick(formats);
      const candidates = byFormat.get(format) ?? [];
      const source = choose(random, candidates);
      const other = read(choose(random, random.chance(0.9) ? candidates : sources));
      const sound = read(source);
      const mutated = mutate(random, sound, other, format);
      return { ...mutated, number, source: nameOf(source.path), format, sound, random };
    },
  };
}
