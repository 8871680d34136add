import type { Command } from "commander";
import { BadUsage, exitCodes } from "./exit-codes.ts";
import { ask, operatorFields, readUrl } from "./http.ts";
import { problemOf, tokenOption } from "./operator.ts";
import { printText, printError, printJson } from "./print.ts";

/** What the Worker takes in one request. */
const urlsPerRequest = 1000;

interface Purged {
  readonly urls: readonly { readonly url: string; readonly result: string; readonly answers: number }[];
}

export function addPurge(program: Command): void {
  program
    .command("purge")
    .description("removes what the data centre that answers keeps of images")
    .argument("<url...>", "of images of one host")
    .addOption(tokenOption())
    .option("--json", "what was done for each URL")
    .action(purge);
}

async function purge(
  texts: readonly string[],
  options: { readonly token?: string; readonly json?: boolean },
): Promise<void> {
  const urls = texts.map(readUrl);
  const [origin = "", ...others] = new Set(urls.map((url) => url.origin));
  if (others.length > 0) throw new BadUsage("all URLs have to be of one host");
  const done: Purged["urls"][number][] = [];
  for (let at = 0; at < urls.length; at += urlsPerRequest) {
    const part = urls.slice(at, at + urlsPerRequest).map((url) => url.href);
    const answer = await ask(`${origin}/_imaging/purge`, {
      method: "POST",
      headers: { "content-type": "application/json", ...operatorFields(options.token) },
      body: JSON.stringify({ urls: part }),
    });
    if (answer.status !== 200 && answer.status !== 500) {
      printError(problemOf(answer));
      process.exitCode = exitCodes.faults;
      return;
    }
    done.push(...(JSON.parse(new TextDecoder().decode(answer.body)) as Purged).urls);
  }
  if (options.json === true) printJson(done);
  else for (const { url, result, answers } of done) printText(`${result}  ${url}  (stored answers: ${answers})`);
  if (done.some(({ result }) => result === "failed")) process.exitCode = exitCodes.faults;
}
