import { type Command, InvalidArgumentError, Option } from "commander";
import { settings } from "../src/edge/settings.ts";
import { signUrl } from "../src/edge/url-signature.ts";
import { BadUsage } from "./exit-codes.ts";
import { readUrl } from "./http.ts";
import { printText, printJson } from "./print.ts";

interface Options {
  readonly keys: string;
  readonly expires?: number;
  readonly json?: boolean;
}

const secondsPer: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

export function addSign(program: Command): void {
  // In the environment a key is not seen in the list of processes.
  const keys = new Option("--keys <keys>", "the Worker's URL_SIGNING_KEYS; the first one signs");
  program
    .command("sign")
    .description("signs URLs for a Worker with URL_SIGNING_KEYS")
    .argument("<url...>", "of images")
    .addOption(keys.env("EDGE_IMAGING_URL_SIGNING_KEYS").makeOptionMandatory())
    .option("--expires <time>", "how long they hold: 90s, 15m, 1h, 30d; for ever without it", readSeconds)
    .option("--json", "as a list")
    .action(sign);
}

async function sign(texts: readonly string[], options: Options): Promise<void> {
  const [key] = settings.URL_SIGNING_KEYS.parse(options.keys) ?? [];
  if (key === undefined) throw new BadUsage(`--keys has to be ${settings.URL_SIGNING_KEYS.allowed}`);
  const expires = options.expires === undefined ? undefined : Math.floor(Date.now() / 1000) + options.expires;
  const signed = await Promise.all(texts.map(async (text) => (await signUrl(readUrl(text), key, expires)).href));
  if (options.json === true) printJson(signed);
  else printText(signed.join("\n"));
}

/** Seconds of `90s`, `15m`, `1h`, `30d` or `2w`. */
function readSeconds(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const seconds = Number(count) * (secondsPer[unit] ?? 0);
  if (seconds === 0) throw new InvalidArgumentError("It has to be a number and one of s, m, h, d and w.");
  return seconds;
}
