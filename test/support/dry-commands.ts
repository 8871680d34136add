/** Whether a command would be understood by the program that it names; throws where it would not. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { experimental_getWranglerCommands as getWranglerCommands, unstable_readConfig as readConfig } from "wrangler";
import { createProgram } from "../../cli/program.ts";
import { parts } from "../../prove/parts.ts";
import { settings } from "../../src/edge/settings.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

type Judge = (args: readonly string[]) => void;

function check(isRight: boolean, message: string): void {
  if (!isRight) throw new Error(message);
}

function lookUp<Value>(table: Readonly<Record<string, Value>>, name: string | undefined, kind: string): Value {
  const found = name === undefined ? undefined : table[name];
  if (found === undefined) throw new Error(`there is no ${kind} "${name}"`);
  return found;
}

const afterDashes = (args: readonly string[]): readonly string[] => args.slice(args.indexOf("--") + 1 || args.length);

/** What wrangler's table of commands says of an argument. */
interface Argument {
  readonly type?: string;
  readonly alias?: string | readonly string[];
  readonly array?: boolean;
}

interface Node {
  readonly definition?: {
    readonly args?: Readonly<Record<string, Argument>>;
    readonly positionalArgs?: readonly string[];
  };
  readonly subtree: ReadonlyMap<string, Node>;
}

function optionsOf(argumentsByName: Readonly<Record<string, Argument>>): ParseArgsOptionsConfig {
  return Object.fromEntries(
    Object.entries(argumentsByName).flatMap(([name, { type, alias = [], array = false }]) => {
      const names = [name, ...[alias].flat()];
      const short = names.find((each) => each.length === 1);
      const option = { type: type === "boolean" ? "boolean" : "string", multiple: array } as const;
      const long = names.filter((each) => each.length > 1);
      return long.map((each, index) => [each, index === 0 && short !== undefined ? { ...option, short } : option]);
    }),
  );
}

/** The part of wrangler's configuration that is judged; the package does not ship the types of the whole. */
interface Configuration {
  readonly definedEnvironments?: readonly string[];
}

/** Environments that the documents write themselves. */
const documentedEnvironments = ["staging"];

const wrangler: Judge = (args) => {
  const { registry, globalFlags } = getWranglerCommands() as unknown as {
    registry: Node;
    globalFlags: Readonly<Record<string, Argument>>;
  };
  let node = registry;
  let depth = 0;
  while (node.subtree.size > 0 && args[depth] !== undefined && !args[depth]?.startsWith("-")) {
    const next = node.subtree.get(args[depth] ?? "");
    if (next === undefined) break;
    node = next;
    depth++;
  }
  const { definition } = node;
  if (definition?.args === undefined) throw new Error(`wrangler has no command ${args.join(" ")}`);
  const { values, positionals } = parseArgs({
    args: args.slice(depth),
    options: optionsOf({ ...globalFlags, ...definition.args }),
    allowPositionals: true,
    allowNegative: true,
  });
  const places = definition.positionalArgs ?? [];
  const isList = places.some((place) => definition.args?.[place]?.array === true);
  check(isList || positionals.length <= places.length, `wrangler ${args.join(" ")} has too many arguments`);
  const config = String(values["config"] ?? "wrangler.toml");
  check(existsSync(join(root, config)), `there is no ${config}`);
  const environment = values["env"] as string | undefined;
  const { definedEnvironments = [] } = readConfig(
    { config: join(root, config) },
    { hideWarnings: true },
  ) as Configuration;
  const environments = [...definedEnvironments, ...documentedEnvironments];
  check(environment === undefined || environments.includes(environment), `there is no environment ${environment}`);
  for (const variable of [values["var"] ?? []].flat()) checkVariable(String(variable));
  if (args[0] === "secret") lookUp(settings, positionals[0], "setting");
  if (args[0] === "versions" && args[1] === "deploy")
    checkShares([...positionals, ...[values["version-tag"] ?? []].flat().map(String)]);
};

function checkVariable(text: string): void {
  const [name = "", ...value] = text.split(":");
  const setting = lookUp(settings, name, "setting");
  check(setting.parse(value.join(":")) !== undefined, `${text} is not allowed`);
}

function checkShares(specs: readonly string[]): void {
  const sum = specs.reduce((total, spec) => total + Number(spec.split("@")[1]), 0);
  check(sum === 100, `the shares of ${specs.join(" ")} are ${sum} % together`);
}

const commandLine: Judge = (args) => {
  const program = createProgram().configureOutput({ writeErr: () => undefined });
  for (const command of program.commands) {
    command.action(() => undefined);
    // A variable of the environment may name it.
    for (const option of command.options) if (option.envVar !== undefined) option.mandatory = false;
  }
  program.parse(args, { from: "user" });
};

/** Options of a script of ours have to be written in a file that it runs. */
function judgeScript(command: string, args: readonly string[]): void {
  const text = command
    .split(/\s+/)
    .filter((word) => word.endsWith(".ts"))
    .map(read)
    .join("\n");
  for (const option of args.filter((argument) => argument.startsWith("--")))
    check(new RegExp(`\\b${option.slice(2)}\\b`).test(text), `"${command}" has no option ${option}`);
}

const npmScripts: Readonly<Record<string, Judge>> = {
  start: (args) => wrangler(["dev", ...args]),
  serve: (args) => commandLine(["serve", ...args]),
  prove: ([part]) => void (part === undefined || lookUp(parts, part, "proof")),
  // It hands its options on.
  fuzz: (args) => judgeScript("prove/fuzz.ts", args),
  bench: ([part]) =>
    check(part === undefined || existsSync(join(root, "bench", part, "run.ts")), `no benchmark ${part}`),
};

/** Programs of packages and of Node.js, by `npx` or `npm exec --`. */
const tools: Readonly<Record<string, Judge>> = {
  wrangler,
  "edge-imaging": commandLine,
  node: ([file = ""]) => check(existsSync(join(root, file)), `there is no ${file}`),
  vitest: (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { project: { type: "string" } },
      allowPositionals: true,
    });
    const project = (values.project ?? "unit").replace("*", "");
    check(read("vitest.config.ts").includes(`name: "${project}"`), `there is no project ${project}`);
    for (const path of positionals.slice(1)) check(globSync(path, { cwd: root }).length > 0, `there is no ${path}`);
  },
};

/** Of npm itself. */
const ownVerbs = ["audit", "ci", "install", "outdated"];

const npm: Judge = ([verb, ...args]) => {
  if (ownVerbs.includes(verb ?? "")) return;
  if (verb === "exec") {
    const [tool, ...rest] = afterDashes(args);
    lookUp(tools, tool, "tool")(rest);
    return;
  }
  const name = verb === "run" ? args[0] : verb;
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
  const command = lookUp(scripts, name, "script");
  const rest = afterDashes(args);
  const judge = npmScripts[name ?? ""];
  if (judge === undefined) judgeScript(command, rest);
  else judge(rest);
};

const docker: Judge = ([verb, ...args]) => {
  check(verb === "build" || verb === "run", `docker ${verb}`);
  const { values, positionals } = parseArgs({
    args: args.slice(0, verb === "run" ? args.indexOf("edge-imaging") : args.length),
    options: {
      tag: { type: "string", short: "t" },
      publish: { type: "string", short: "p" },
      volume: { type: "string", short: "v" },
    },
    allowPositionals: true,
  });
  if (verb === "build")
    check(
      values.tag === "edge-imaging" && positionals[0] === "." && existsSync(join(root, "Dockerfile")),
      "docker build",
    );
  else commandLine(["serve", "--cache", "/cache", ...args.slice(args.indexOf("edge-imaging") + 1)]);
};

const programs: Readonly<Record<string, Judge>> = {
  npm,
  npx: ([tool, ...args]) => lookUp(tools, tool, "tool")(args),
  docker,
  git: ([verb, url = ""]) => check(verb === "clone" && URL.canParse(url), `git ${verb}`),
  openssl: (args) => check(/^rand -hex \d+$/.test(args.join(" ")), "openssl"),
  // Their arguments are judged by the shell that has run them.
  jq: () => undefined,
  date: () => undefined,
};

/** @throws Error */
export function judgeCommand([program, ...args]: readonly string[]): void {
  lookUp(programs, program, "program")(args);
}
