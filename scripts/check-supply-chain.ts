/**
 * Packages and what is linked of them: licences, digests, install scripts, NOTICE, the bytes of each WebAssembly module. Works
 * without a network. `--advisories` asks the registry as well for known weaknesses and for its signatures, and says loudly where
 * it cannot answer; `--record` writes the digests of the modules in packages.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, runTool } from "./run-tool.ts";
import {
  countLicences,
  judgeHashes,
  judgeInstallScripts,
  judgeIntegrity,
  judgeLicences,
  judgeNotice,
  type LockedPackages,
} from "./supply-chain.ts";

type Hashes = Readonly<Record<string, string>>;

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const readJson = (path: string): unknown => JSON.parse(read(path));

function readLock(path: string): LockedPackages {
  const { "": _root, ...packages } = (readJson(path) as { readonly packages: LockedPackages }).packages;
  return packages;
}

const hashOf = (path: string): string | undefined =>
  existsSync(join(projectRoot, path))
    ? createHash("sha256")
        .update(readFileSync(join(projectRoot, path)))
        .digest("hex")
    : undefined;

/** Modules of packages that the sources import, as paths below the project. */
function packagedModules(): readonly string[] {
  const sources = readdirSync(join(projectRoot, "src"), { recursive: true, encoding: "utf8" });
  const imported = sources
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => [...read(join("src", path)).matchAll(/from "([^"]+\.wasm)"/g)].map((match) => match[1] ?? ""))
    .filter((name) => !name.includes("/built/"));
  const paths = imported.map((name) => `node_modules/${name.replace(/^.*node_modules\//, "")}`);
  return [...new Set(paths)].toSorted();
}

/** The Node.js of a development machine is optional, and a stand-in without code is no software. */
const empty = ["empty-npm-package"];

const lock = readLock("package-lock.json");
/** Of what is linked of these, a part is in the Worker; NOTICE says which, and check each byte of it. */
const linkedLock = Object.fromEntries(
  Object.entries(readLock("wasm/package-lock.json")).map(([place, locked]) => [place, { ...locked, dev: true }]),
);
const { allowScripts = {} } = readJson("package.json") as {
  readonly allowScripts?: Readonly<Record<string, boolean>>;
};

const recordFile = "wasm/packaged-hashes.json";
const packaged = packagedModules();
if (process.argv.includes("--record")) {
  const hashes = Object.fromEntries(packaged.map((path) => [path, hashOf(path)]));
  writeFileSync(join(projectRoot, recordFile), `${JSON.stringify(hashes, undefined, 2)}\n`);
}

/** Those that `npm run wasm` has made, where it has run. */
const linked = Object.entries(readJson("wasm/hashes.json") as Hashes).filter(([name]) =>
  existsSync(join(projectRoot, `wasm/built/${name}.wasm`)),
);

const faults: readonly string[] = [
  ...judgeLicences(lock),
  ...judgeLicences(linkedLock),
  ...judgeIntegrity(lock),
  ...judgeIntegrity(linkedLock),
  ...judgeInstallScripts(lock, Object.keys(allowScripts)),
  ...judgeInstallScripts(linkedLock, []),
  ...judgeNotice(read("NOTICE"), lock, empty),
  ...Object.entries(linkedLock).flatMap(([place, locked]) =>
    judgeNotice(read("NOTICE"), { [place]: { ...locked, dev: false } }, []),
  ),
  ...judgeHashes(readJson(recordFile) as Hashes, Object.fromEntries(packaged.map((path) => [path, hashOf(path)]))),
  ...judgeHashes(
    Object.fromEntries(linked),
    Object.fromEntries(linked.map(([name]) => [name, hashOf(`wasm/built/${name}.wasm`)])),
  ),
];

console.log(`in the Worker: ${countLicences(lock, true)}`);
console.log(`tools: ${countLicences({ ...lock, ...linkedLock }, false)}`);
console.log(`modules: ${packaged.length} of packages, ${linked.length} made here`);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

if (process.argv.includes("--advisories")) {
  const questions: Readonly<Record<string, readonly string[]>> = {
    "advisories about what is in the Worker": ["audit", "--omit=dev"],
    "advisories about all packages": ["audit"],
    "signatures of the registry": ["audit", "signatures"],
  };
  for (const [about, args] of Object.entries(questions)) {
    // The level of the command that has started this one would count otherwise, and may be silent.
    const { succeeded, output } = runTool("npm", [...args, "--loglevel=warn"]);
    // A registry that does not know the question says so with a status of HTTP.
    const isUnanswered =
      !succeeded &&
      /endpoint returned an error|E4\d\d|E5\d\d|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|no dependencies.*audit/i.test(
        output,
      );
    if (isUnanswered) console.warn(`NOT CHECKED: ${about}: this registry does not answer.`);
    else console.log(`${about}: ${succeeded ? "nothing found" : "FAILED"}\n${output}`);
    if (!succeeded && !isUnanswered) process.exitCode = 1;
  }
}
