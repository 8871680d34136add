/** What the documents tell a reader to run or to write down. */
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Quoted {
  /** Page and line. */
  readonly where: string;
  readonly text: string;
}

/** Programs whose commands count where they stand in a sentence. */
const inline = /`((?:npx|npm|curl|docker|git|node) [^`]+)`/g;
const fence = /^( *)```(\w+)\n([\s\S]*?)^\1```$/gm;
const pipelineStep = /^ +- run: (?:\|\n((?: {10,}.*\n)+)|(.+)\n)/gm;

function read(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

function quote(page: string, text: string, at: number, quoted: string): Quoted {
  return { where: `${page}:${text.slice(0, at).split("\n").length}`, text: quoted };
}

function fencesOf(page: string): readonly (Quoted & { readonly language: string })[] {
  const text = read(page);
  return Array.from(text.matchAll(fence), ({ index, 1: indent = "", 2: language = "", 3: body = "" }) => ({
    ...quote(page, text, index, body.replaceAll(new RegExp(`^${indent}`, "gm"), "")),
    language,
  }));
}

const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...globSync("docs/*.md", { cwd: root }).toSorted()];

/**
 * Scripts in a shell's language, each once: blocks of `sh`, what follows the prompts of a `console`, code in sentences,
 * steps of the pipeline.
 */
export function scriptsOf(): readonly Quoted[] {
  const inPages = pages.flatMap((page) => {
    const text = read(page);
    const blocks = fencesOf(page).flatMap(({ language, ...block }) => {
      if (language === "sh") return [block];
      if (language !== "console") return [];
      const typed = block.text.split("\n").filter((line) => line.startsWith("$ ") && !line.startsWith("$ #"));
      return typed.map((line) => ({ ...block, text: line.slice(2) }));
    });
    const sentences = text.replaceAll(fence, (block) => block.replaceAll(/[^\n]/g, " "));
    const quoted = Array.from(sentences.matchAll(inline), ({ index, 1: command = "" }) =>
      quote(page, text, index, command),
    );
    return [...blocks, ...quoted];
  });
  const pipeline = "docs/ci-template.yml";
  const text = read(pipeline);
  const steps = Array.from(text.matchAll(pipelineStep), ({ index, 1: block, 2: line = "" }) =>
    quote(pipeline, text, index, block ?? line),
  );
  const all = [...inPages, ...steps];
  return all.filter(({ text: script }, index) => all.findIndex((other) => other.text === script) === index);
}

/** Pieces of `wrangler.toml`. */
export function configurations(): readonly Quoted[] {
  return pages.flatMap(fencesOf).filter(({ language }) => language === "toml");
}

/** Between arguments, and after each command. */
const [unitSeparator, recordSeparator] = ["\u001f", "\u001e"];

/** Programs that the documents may name. Each only notes how it was called; `jq` and `openssl` answer something. */
const recorders = ["npx", "npm", "curl", "docker", "git", "openssl", "jq", "grep", "date"];

const recorder = `#!/bin/bash
line=$(printf '%s${unitSeparator}' "\${0##*/}" "$@")
printf '%s${recordSeparator}' "$line" >> "$RECORD"
[[ "\${0##*/}" != jq ]] || echo 00000000-0000-4000-8000-000000000000
[[ "\${0##*/}" != date ]] || echo 1
`;

export interface Recording {
  /** Each command of a script with its arguments, in no certain order where they are joined by a pipe. */
  commandsOf(script: string): Promise<string[][]>;
  close(): Promise<void>;
}

/**
 * A shell that finds no program but ones that note their arguments: so quotes, loops, pipes and variables are a shell's,
 * and a program that is not known fails.
 */
export async function startRecording(variables: Readonly<Record<string, string>>): Promise<Recording> {
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-commands-"));
  for (const name of recorders) await writeFile(join(folder, name), recorder, { mode: 0o755 });
  const log = join(folder, "record");
  return {
    async commandsOf(script) {
      await writeFile(log, "");
      // To clone would make a folder to go into.
      const quiet = `cd() { :; }\n${script}`;
      const env = { ...variables, PATH: folder, RECORD: log };
      await run("/bin/bash", ["-euo", "pipefail", "-c", quiet], { cwd: folder, env });
      const records = (await readFile(log, "utf8")).split(recordSeparator).slice(0, -1);
      return records.map((record) => record.split(unitSeparator).slice(0, -1));
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
