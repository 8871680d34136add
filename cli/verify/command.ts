import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import colours from "picocolors";
import { clients } from "../clients.ts";
import { exitCodes } from "../exit-codes.ts";
import { readUrl } from "../http.ts";
import { readCount } from "../numbers.ts";
import { showProgress } from "../progress.ts";
import { formatBytes, formatSaved, renderTable } from "../table.ts";
import { judgeAnswers, mergeFaults, nameSome, type Verified } from "./checks.ts";
import { judgeLook } from "./look.ts";
import { observe } from "./observe.ts";
import { judgeOrder, judgeProtocol } from "./protocol.ts";
import { renderReport } from "./report.ts";
import { printText, printJson } from "../print.ts";

interface Options {
  readonly wait: number;
  readonly concurrency: number;
  readonly json?: boolean;
  readonly html?: string;
}

export function addVerify(program: Command): void {
  program
    .command("verify")
    .description(`asks for images as ${clients.length} clients would, and judges what they get`)
    .argument("<url...>", "of images, as clients see them")
    .option("--wait <seconds>", "how long an interim answer is asked for again", readCount, 60)
    .option("--concurrency <number>", "clients that ask at once", readCount, 4)
    .option("--json", "everything as JSON")
    .option("--html <file>", "a report to keep or to send")
    .action(verify);
}

async function verify(texts: readonly string[], options: Options): Promise<void> {
  const verified: Verified[] = [];
  for (const text of texts) verified.push(await verifyUrl(readUrl(text).href, options));
  if (options.html !== undefined) await writeFile(options.html, renderReport(verified));
  if (options.json === true) printJson(verified.map(summarise), 2);
  else for (const each of verified) print(each);
  if (verified.some(({ faults }) => faults.length > 0)) process.exitCode = exitCodes.faults;
}

async function verifyUrl(url: string, { wait, concurrency }: Options): Promise<Verified> {
  const progress = showProgress(url);
  try {
    const observations = await observe(url, clients, { wait, concurrency, onProgress: progress.show });
    const faults = [...judgeAnswers(observations)];
    // What is no picture, or not yet the final one, can differ from request to request.
    if (!faults.some(({ check }) => ["status", "bytes", "final"].includes(check))) {
      faults.push(...(await judgeProtocol(url, observations)), ...(await judgeOrder(url, observations)));
      faults.push(...(await judgeLook(observations)));
    }
    return { url, observations, faults: mergeFaults(faults) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { url, observations: [], faults: [{ check: "status", clients: [], message }] };
  } finally {
    progress.end();
  }
}

function print({ url, observations, faults }: Verified): void {
  printText(colours.bold(url));
  if (observations.length > 0) {
    const rows = observations.map(({ client, facts, answer, said }) => [
      client.name,
      facts?.format ?? `status ${answer.status}`,
      formatBytes(answer.body.length),
      said.from === undefined ? "" : formatSaved(said.from, answer.body.length),
      said.reason ?? "",
    ]);
    printText(renderTable(["client", "gets", " bytes", " saved", "reason"], rows));
  }
  for (const { check, clients: names, message } of faults) {
    printText(`${colours.red("fault")} ${check}: ${message}${names.length === 0 ? "" : ` (${nameSome(names)})`}`);
  }
  printText(faults.length === 0 ? `${colours.green("right")} for ${observations.length} clients\n` : "");
}

function summarise({ url, observations, faults }: Verified): object {
  return {
    url,
    verdict: faults.length === 0 ? "right" : "faults",
    faults,
    clients: observations.map(({ client, facts, answer, said, digest }) => ({
      name: client.name,
      status: answer.status,
      format: facts?.format,
      bytes: answer.body.length,
      from: said.from,
      reason: said.reason,
      etag: answer.headers.get("etag"),
      sha256: digest,
    })),
  };
}
