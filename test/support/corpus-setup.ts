/** Asks for every source as every client, once, and keeps the answers for those who judge them. Needs the bundle. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type KeptAnswer, type KeptSource, writeIndex } from "./corpus-answers.ts";
import { clientsOf, enlarged, kindOf, readSources, type Source, sourceFolders, sourceTypes } from "./corpus-sources.ts";
import { type Edge, launchEdge } from "./edge.ts";
import type { Answer } from "./http.ts";
import { bytes, type ScriptedOrigin, startScriptedOrigin } from "./scripted-origin.ts";

/** Only what the asking client needs, at once and whatever it saves. */
const vars = { EAGER: "", MIN_SAVING_PERCENT: "0", INLINE_BUDGET_MS: "20000" } as const;

/** One for each core; each encodes one picture at a time. */
const edges = 2;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "edge-imaging-corpus-"));
  const origin = await startScriptedOrigin();
  const sources = (await Promise.all(sourceFolders.map(readSources))).flatMap((inFolder) => [...inFolder.entries()]);
  const kept: KeptSource[] = [];
  const remaining = sources.entries();
  const work = async (edge: Edge): Promise<void> => {
    for (const [number, [index, source]] of remaining) {
      kept[number] = await keep(source, index, join(folder, String(number)), origin, edge);
    }
  };
  const bundle = project.getProvidedContext().workerBundle;
  try {
    await Promise.all(
      Array.from({ length: edges }, async () => {
        const edge = await launchEdge(bundle, { vars: { ...vars, ORIGIN: origin.url } });
        try {
          await work(edge);
        } finally {
          await edge.close();
        }
      }),
    );
  } finally {
    await origin.close();
  }
  await writeIndex(folder, kept);
  project.provide("corpusAnswers", folder);
  return () => rm(folder, { recursive: true, force: true });
}

async function keep(
  source: Source,
  index: number,
  path: string,
  origin: ScriptedOrigin,
  edge: Edge,
): Promise<KeptSource> {
  const { file, ...facts } = source;
  await writeFile(path, file);
  const answers: KeptAnswer[] = [];
  const kind = await kindOf(source);
  try {
    const sent = await enlarged(source, kind);
    const url = `/${source.folder}/${encodeURIComponent(source.name)}.${source.extension}`;
    origin.on(url, bytes(sent, sourceTypes[source.extension] ?? ""));
    for (const { name, accept, userAgent } of clientsOf(source, index, kind)) {
      const headers: Record<string, string> = userAgent === undefined ? {} : { "user-agent": userAgent };
      const seen = new Map<string, Answer>();
      const final = await edge.settle(url, accept, headers, (answer) => seen.set(answer.headers["etag"] ?? "", answer));
      // What was sent until the smallest file was there shows the picture too.
      for (const answer of seen.values()) {
        const answerPath = `${path}-${answers.length}`;
        await writeFile(answerPath, answer.body);
        answers.push({
          client: name,
          isFinal: answer === final,
          status: answer.status,
          headers: answer.headers,
          bytes: answer.body.length,
          isOriginal: answer.body.equals(sent),
          path: answerPath,
        });
      }
    }
    return { ...facts, kind, path, answers };
  } catch (error) {
    return { ...facts, kind, path, answers, failure: String(error) };
  }
}
