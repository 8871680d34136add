import type { Command } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { ask, operatorFields, readUrl } from "./http.ts";
import { problemOf, tokenOption } from "./operator.ts";
import { findClient } from "./clients.ts";
import { printText, printError, printJson } from "./print.ts";

interface Options {
  readonly client?: string;
  readonly accept?: string;
  readonly userAgent?: string;
  readonly token?: string;
  readonly json?: boolean;
}

export function addExplain(program: Command): void {
  program
    .command("explain")
    .description("says what a client gets for an image, and why")
    .argument("<url>", "of an image that the Worker answers for")
    .option("--client <name>", 'a client of the list, by the beginning of its name: "chrome 156", "outlook"')
    .option("--accept <field>", "another client's Accept")
    .option("--user-agent <field>", "another client's User-Agent")
    .addOption(tokenOption())
    .option("--json", "the whole explanation")
    .action(explain);
}

async function explain(text: string, options: Options): Promise<void> {
  const url = readUrl(text);
  const client = options.client === undefined ? undefined : findClient(options.client);
  const query = new URLSearchParams({ url: url.href });
  const accept = options.accept ?? client?.accept;
  const userAgent = options.userAgent ?? client?.ua;
  if (accept !== undefined) query.set("accept", accept);
  if (userAgent !== undefined) query.set("ua", userAgent);
  const answer = await ask(`${url.origin}/_imaging/explain?${query.toString()}`, {
    headers: { accept: "application/json", ...operatorFields(options.token) },
  });
  if (answer.status !== 200) {
    printError(problemOf(answer));
    process.exitCode = exitCodes.faults;
    return;
  }
  const explanation = JSON.parse(new TextDecoder().decode(answer.body)) as Readonly<Record<string, unknown>>;
  if (options.json === true) printJson(explanation, 2);
  else printText(String(explanation["summary"]));
}
