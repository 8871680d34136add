/**
 * Every command in the documents, in its dry form: wrangler's against its own table of commands and our configuration,
 * curl's against a local server, the command line's through its parser. What no row of the table knows fails.
 * `wrangler deploy --dry-run` itself is run by the set-up of these tests.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { unstable_readConfig as readWranglerConfig } from "wrangler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/edge/config.ts";
import { judgeCommand } from "../support/dry-commands.ts";
import { configurations, type Recording, scriptsOf, startRecording } from "../support/documents.ts";
import { photo } from "../support/pictures.ts";
import { jpeg, type ScriptedOrigin, startScriptedOrigin } from "../support/scripted-origin.ts";
import { type ServeProcess, startServe, token } from "../support/serve.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
/** Placeholders, and what a reader would write there. */
const examples = [
  ["…", token],
  ["URL…", "https://images.example.com/some.jpg"],
  [" URL", " https://images.example.com/some.jpg"],
  ["FILE.ts", "scripts/check.ts"],
  ["NAME:value", "MODE:off"],
  ["<command>", "doctor https://images.example.com/some.jpg"],
] as const;
const variables = {
  ADMIN_TOKEN: token,
  API_TOKEN: "t",
  ACCOUNT_ID: "a",
  GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
};

/** The parts of wrangler's configuration that are judged; the package does not ship the types of the whole. */
interface Configuration {
  readonly r2_buckets?: readonly { readonly binding: string }[];
  readonly vars: Parameters<typeof readConfig>[0];
}

let origin: ScriptedOrigin;
let server: ServeProcess;
let folder: string;
let recording: Recording;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-imaging-documents-"));
  origin = await startScriptedOrigin();
  for (const path of ["/some.jpg", "/media/some.jpg", "/photos/some.jpg", "/photos/lighthouse.jpg"])
    origin.on(path, jpeg(await photo()));
  recording = await startRecording(variables);
  server = await startServe(origin.url, folder, ["FORMATS:webp"]);
});

afterAll(async () => {
  await server?.stop();
  await recording?.close();
  await origin?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Asks the local server in place of the host that is named; the dev server's `/_imaging/` needs no token. */
async function curl(args: readonly string[]): Promise<void> {
  const url = args.findLast((argument) => /^https?:/.test(argument)) ?? "";
  expect(url, "a URL").not.toBe("");
  if (new URL(url).host === "api.cloudflare.com") return;
  const local = args.map((argument) => argument.replaceAll(new URL(url).origin, server.url));
  const isDevelopment = url.startsWith("http://127.0.0.1:8787/");
  const proof = isDevelopment ? ["-H", `Authorization: Bearer ${token}`] : [];
  const { stdout } = await run("curl", [...local, ...proof, "-g", "-o", "/dev/null", "-w", "\n%{http_code}"]);
  expect(stdout.split("\n").at(-1), url).toBe("200");
}

/** A pattern that is looked for in an answer of `/_imaging/health`. */
async function grep(args: readonly string[]): Promise<void> {
  const { stdout } = await run("curl", ["-s", `${server.url}/_imaging/health`]);
  expect(stdout).toMatch(new RegExp(args.at(-1) ?? ""));
}

describe("every command of the documents can be run", () => {
  test.each(scriptsOf().map(({ where, text }) => [where, text.trim().split("\n")[0] ?? "", text] as const))(
    "%s: %s",
    async (_where, _first, text) => {
      const script = examples.reduce((before, [name, value]) => before.replaceAll(name, value), text);
      const commands = await recording.commandsOf(script);
      // To set a variable is a matter of the shell's.
      if (!script.startsWith("export ")) expect(commands.length).toBeGreaterThan(0);
      for (const command of commands) {
        const [program, ...args] = command;
        if (program === "curl") await curl(args);
        else if (program === "grep") await grep(args);
        else judgeCommand(command);
      }
    },
  );

  test.each([
    "wrangler deploi",
    "npx wrangler deploy --no-such",
    "npx wrangler deploy --env prodcution",
    "npx wrangler versions deploy a@10 b@80",
    "npm run nothing",
    "npm exec -- edge-imaging verify",
    "ls",
  ])("%s cannot", async (script) => {
    const judged = recording.commandsOf(script).then((commands) => commands.forEach((each) => judgeCommand(each)));
    await expect(judged).rejects.toThrow();
  });
});

describe("every configuration of the documents can be deployed", () => {
  test.each(configurations().map(({ where, text }) => [where, text] as const))("%s", async (_where, text) => {
    const name = /^\[env\.(\w+)\]$/m.exec(text)?.[1] ?? "";
    const before = await readFile(join(root, "wrangler.toml"), "utf8");
    // A table of this name makes way for the one of the document.
    const rest = before
      .split(/^(?=\[)/m)
      .filter((table) => !table.startsWith(`[env.${name}]`))
      .join("");
    const config = join(root, `.documents-${process.pid}.toml`);
    try {
      await writeFile(config, `${rest}\n${text}`);
      const read = readWranglerConfig({ config, env: name }, { hideWarnings: true }) as Configuration;
      const buckets = (read.r2_buckets ?? []).map(({ binding }) => [binding, { head: 0, get: 0, list: 0 }] as const);
      const env = { ...read.vars, ...Object.fromEntries(buckets) } as Configuration["vars"];
      expect(readConfig(env).problems).toEqual([]);
    } finally {
      await rm(config, { force: true });
    }
  });
});

test("the image of the container is what the documents start", () => {
  const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
  expect(dockerfile).toContain(
    `ENTRYPOINT ["node", "cli/edge-imaging.ts", "serve", "--host", "0.0.0.0", "--cache", "/cache"]`,
  );
});
