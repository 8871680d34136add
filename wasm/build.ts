/**
 * Makes the WebAssembly modules that are not in any package: kernels of our own; adapters in C of our own that are linked
 * with static libraries by a compiler, both of which are npm packages; and a packaged module with pauses. Does nothing when they are current, so that every
 * command may run it first.
 *
 * `--check` makes all again and fails when a byte differs from `hashes.json`; `--record` writes that file.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildKernels } from "./build-kernels.ts";
import { buildPausing } from "./build-pausing.ts";
import {
  builtFolder,
  demandRecorded,
  type Hashes,
  modulePath,
  readHashes,
  recordHashes,
  sha256,
  writeWhole,
} from "./built.ts";
import { compilerArguments, type ModuleName, modules } from "./modules.ts";

type Files = { [name: string]: Files | Uint8Array };

interface RunOptions {
  readonly fetchProgress?: () => void;
  readonly stderr?: (bytes: Uint8Array | null) => void;
}

interface Compiler {
  readonly commands: {
    readonly clang: (args: readonly string[], files: Files, options: RunOptions) => Promise<Files> | Files;
  };
  /** Without arguments it only loads the compiler. */
  readonly runLLVM: (args: null, files: Files, options: RunOptions) => Promise<unknown> | undefined;
}

const folder = fileURLToPath(new URL(".", import.meta.url));
const libraries = join(folder, "node_modules/@img/sharp-libvips-dev-wasm32");
const compiler = join(folder, "node_modules/@yowasp/clang/gen/bundle.js");
const names = Object.keys(modules) as ModuleName[];

/** Everything that decides about the modules' bytes. */
function hashInputs(): string {
  const adapters = readdirSync(join(folder, "adapters")).toSorted();
  const files = ["package-lock.json", "modules.ts", ...adapters.map((name) => join("adapters", name))];
  return sha256(...files.flatMap((name) => [name, readFileSync(join(folder, name))]));
}

const stampFile = join(builtFolder, "inputs.sha256");

/** Whether the modules are those that were recorded for the inputs of now. */
function isCurrent(inputs: string, expected: Hashes): boolean {
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== inputs) return false;
  return names.every(
    (name) => existsSync(modulePath(name)) && sha256(readFileSync(modulePath(name))) === expected[name],
  );
}

/** The packages that the modules are linked of are heavy, so that only this step installs them. */
function installPackages(): void {
  const lock = readFileSync(join(folder, "package-lock.json"));
  const installedFor = join(folder, "node_modules/.installed-for");
  if (existsSync(installedFor) && readFileSync(installedFor, "utf8") === sha256(lock)) return;
  // What npm says of the outer project to this script is not to reach the inner one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { status, stderr, error } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`npm ci in wasm/ failed: ${error?.message ?? stderr}`);
  writeFileSync(installedFor, sha256(lock));
}

function readTree(path: string): Files {
  return Object.fromEntries(
    readdirSync(path).map((name) => {
      const child = join(path, name);
      return [name, statSync(child).isDirectory() ? readTree(child) : new Uint8Array(readFileSync(child))];
    }),
  );
}

async function link(name: ModuleName): Promise<Uint8Array> {
  const { commands, runLLVM } = (await import(compiler)) as Compiler;
  await runLLVM(null, {}, { fetchProgress: () => {} });
  const { headers, libraries: archives } = modules[name];
  const files: Files = {
    ...readTree(join(folder, "adapters")),
    ...Object.fromEntries(archives.map((file) => [file, new Uint8Array(readFileSync(join(libraries, "lib", file)))])),
    include: Object.fromEntries(headers.map((part) => [part, readTree(join(libraries, "include", part))])),
  };
  const messages: Uint8Array[] = [];
  const stderr = (bytes: Uint8Array | null): void => void (bytes === null || messages.push(bytes.slice()));
  const output = await Promise.resolve(commands.clang(compilerArguments(name), files, { stderr })).catch(
    (error: unknown) => {
      // The error itself carries every file that was compiled.
      throw new Error(`${name}: ${String(error)}\n${Buffer.concat(messages).toString()}`);
    },
  );
  const module = output[`${name}.wasm`];
  if (!(module instanceof Uint8Array)) throw new Error(`the compiler made no ${name}.wasm`);
  return module;
}

async function build(inputs: string, expected: Hashes, isRecording: boolean): Promise<void> {
  const start = performance.now();
  console.log(`Linking ${names.length} WebAssembly modules (once, some ten seconds) …`);
  installPackages();
  mkdirSync(builtFolder, { recursive: true });
  rmSync(stampFile, { force: true });
  const hashes: Record<string, string> = {};
  for (const name of names) {
    const module = await link(name);
    hashes[name] = sha256(module);
    console.log(`  ${name}.wasm  ${(module.length / 1024).toFixed(0)} KiB  sha256 ${hashes[name]}`);
    if (!isRecording) demandRecorded(name, module, expected);
    writeWhole(modulePath(name), module);
  }
  if (isRecording) recordHashes(hashes);
  writeWhole(stampFile, inputs);
  console.log(`Linked in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
}

const isRecording = process.argv.includes("--record");
const isChecking = process.argv.includes("--check");
const expected = readHashes();
const order = isRecording ? "record" : isChecking ? "check" : undefined;
await buildKernels(expected, order);
await buildPausing(expected, order);
const inputs = hashInputs();
if (isRecording || isChecking || !isCurrent(inputs, expected)) await build(inputs, expected, isRecording);
