/** What the Worker answered for the corpus, kept on disk: encoded once, judged by several. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import type { Source, SourceFolder } from "./corpus-sources.ts";
import { type Client, clients, type Kind } from "./matrix.ts";

/** One answer; its body is in a file of its own. */
export interface KeptAnswer {
  readonly client: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Else a better one was promised. */
  readonly isFinal: boolean;
  readonly bytes: number;
  /** The body is the very file that the origin sent. */
  readonly isOriginal: boolean;
  readonly path: string;
}

export interface KeptSource extends Omit<Source, "file"> {
  readonly kind: Kind;
  /** Where the file is, as the corpus has it. */
  readonly path: string;
  readonly answers: readonly KeptAnswer[];
  /** Why there are no answers. */
  readonly failure?: string;
}

const indexOf = (folder: string): string => join(folder, "index.json");

export const writeIndex = (folder: string, sources: readonly KeptSource[]): Promise<void> =>
  writeFile(indexOf(folder), JSON.stringify(sources));

/** What was kept of these folders. Throws where the Worker gave no answer. */
export async function readKept(...folders: readonly SourceFolder[]): Promise<readonly KeptSource[]> {
  const all = JSON.parse(await readFile(indexOf(inject("corpusAnswers")), "utf8")) as readonly KeptSource[];
  const kept = all.filter(({ folder }) => folders.includes(folder));
  const failed = kept.find(({ failure }) => failure !== undefined);
  if (failed !== undefined) throw new Error(`${failed.folder}/${failed.name}: ${failed.failure}`);
  return kept;
}

export function clientOf({ client }: KeptAnswer): Client {
  const found = clients.find(({ name }) => name === client);
  if (found === undefined) throw new Error(`no client ${client}`);
  return found;
}
