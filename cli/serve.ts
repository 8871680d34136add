import { type Command, InvalidArgumentError } from "commander";
import { serve as startServer } from "../node/serve.ts";
import { readConfig } from "../src/edge/config.ts";
import { settings } from "../src/edge/settings.ts";
import { BadUsage } from "./exit-codes.ts";
import { readUrl } from "./http.ts";
import { readCount, readPort } from "./numbers.ts";
import { printError, printText } from "./print.ts";

interface Options {
  readonly origin: string;
  readonly cache: string;
  readonly cacheSize: number;
  readonly host: string;
  readonly port: number;
  readonly var?: Readonly<Record<string, string>>;
}

/** Before the names of settings in the environment, where `HOSTS` or `MODE` may be somebody else's. */
const prefix = "EDGE_IMAGING_";

export function addServe(program: Command): void {
  program
    .command("serve")
    .description("answers requests without Cloudflare, with a cache on the disk")
    .requiredOption("--origin <url>", "where the originals are", readOrigin)
    .requiredOption("--cache <folder>", "where variants are kept; made where it is missing")
    .option("--cache-size <MB>", "how much of the disk they may take", readCount, 10_000)
    .option("--host <address>", "to listen at", "127.0.0.1")
    .option("--port <number>", "to listen at; 0 for any that is free", readPort, 8080)
    .option("--var <NAME:VALUE>", "a setting; also from the environment as EDGE_IMAGING_NAME", addVariable)
    .action(serve);
}

async function serve({ origin, cache, cacheSize, host, port, var: named }: Options): Promise<void> {
  const fromEnvironment = Object.keys(settings).flatMap((name) => {
    const value = process.env[prefix + name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const variables = { ...Object.fromEntries(fromEnvironment), ...named, ORIGIN: origin.replace(/\/$/, "") };
  // As on the dev server: it starts all the same, since a wrong setting must not take a site down.
  for (const { message } of readConfig(variables).problems) printError(`error: ${message} Everything passes through.`);
  const server = await startServer({ host, port, variables, cacheFolder: cache, maxCacheBytes: cacheSize * 1e6 }).catch(
    (error: unknown) => {
      throw new BadUsage(explainStart(error, `${host}:${port}`, cache), { cause: error });
    },
  );
  printText(`${server.url} answers for ${origin}`);
  let isEnding = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // Asked twice, it does not wait for what is being made.
      if (isEnding) process.exit();
      isEnding = true;
      void server.close();
    });
  }
}

/** Why a server does not start, by what Node.js says of a socket that was to listen. */
const socketFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; name another --port",
  EADDRNOTAVAIL: "this computer has no such address; name another --host",
  ENOTFOUND: "there is no such host; name another --host",
  EACCES: "this user may not; name a --port from 1024 on",
};

/** @internal exported for tests */
export function explainStart(error: unknown, address: string, cache: string): string {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  if (syscall === "listen" || syscall === "getaddrinfo")
    return `it cannot listen at ${address}: ${socketFaults[code] ?? message}`;
  return `the cache in ${cache} cannot be used: ${message}`;
}

/** With a setting that cannot be read, the request's own URL would be asked for: whatever host its sender names. */
function readOrigin(text: string): string {
  const { href } = readUrl(text);
  if (settings.ORIGIN.parse(href) === undefined)
    throw new BadUsage(`${text} has to be a URL without user, query or fragment`);
  return href;
}

function addVariable(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const colon = text.indexOf(":");
  if (colon < 1) throw new InvalidArgumentError("It has to be NAME:VALUE.");
  return { ...before, [text.slice(0, colon)]: text.slice(colon + 1) };
}
