/**
 * Bundles the Workers as a deployment would, without deploying: shows what would be uploaded and fails when it is too
 * large or carries anything that belongs to development.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { unstable_readConfig as readWranglerConfig } from "wrangler";
import { projectRoot, runTool } from "./run-tool.ts";

/** What is uploaded, and KiB after gzip that each may have. */
const uploads: readonly Upload[] = [
  // Stays under the 3 MB that the smallest plan has ever allowed, with room for the next format.
  {
    title: "the Worker that does all",
    configuration: ["--env", "production"],
    folder: "dist/worker",
    maxKib: 2.2 * 1024,
  },
  // Starts quickly everywhere: no codec of whole pictures may come in by an import.
  {
    title: "the gateway of a fleet",
    configuration: ["--config", "wrangler.gateway.toml"],
    folder: "dist/gateway",
    maxKib: 250,
  },
  {
    title: "the encoder of a fleet",
    configuration: ["--config", "wrangler.encoder.toml"],
    folder: "dist/encoder",
    maxKib: 2.2 * 1024,
  },
];

interface Upload {
  readonly title: string;
  readonly configuration: readonly string[];
  readonly folder: string;
  readonly maxKib: number;
}
/** Wrangler compresses all modules as one stream; compressing each alone gives nearly the same sum. */
const maxGzipDisagreement = 0.05;
const developmentEnvironment = "development";

/** The parts of wrangler's configuration that are judged here; the package does not ship the types of the whole. */
interface WranglerConfig {
  readonly main?: string;
  readonly assets?: object;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly definedEnvironments?: readonly string[];
}

/** The configuration of one environment of wrangler.toml; `undefined` is the nameless one at the top level. */
function readConfig(environment: string | undefined): WranglerConfig {
  const from = { config: join(projectRoot, "wrangler.toml"), env: environment };
  return readWranglerConfig(from, { hideWarnings: true }) as WranglerConfig;
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** Files below a folder, as paths that start with it. */
function filesIn(folder: string): string[] {
  const path = join(projectRoot, folder);
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Environments of wrangler.toml that can be deployed, the nameless one (`undefined`) among them. */
function deployableEnvironments(): (string | undefined)[] {
  const named = (readConfig(undefined).definedEnvironments ?? []).filter((name) => name !== developmentEnvironment);
  return [undefined, ...named];
}

/** What a configuration would deploy although it belongs to development. */
function findDevelopmentParts(environment: string | undefined): string[] {
  const config = readConfig(environment);
  const title = environment === undefined ? "the top level of wrangler.toml" : `[env.${environment}]`;
  return [
    ...(config.assets === undefined ? [] : [`${title} deploys the static assets of the demo`]),
    ...("ENVIRONMENT" in config.vars ? [`${title} sets ENVIRONMENT, which belongs to the dev server`] : []),
    ...(config.vars["ORIGIN"] === "demo:" ? [`${title} uses the demo as its origin`] : []),
    ...(config.main === undefined ? [`${title} has no entry point`] : []),
  ];
}

/** Wrangler's own figure for the compressed upload, in KiB. */
function reportedGzipKib(output: string): number | undefined {
  const match = /Total Upload: [\d.]+ KiB \/ gzip: ([\d.]+) KiB/.exec(output);
  return match === null ? undefined : Number(match[1]);
}

function findProblemsOfUpload({ folder, maxKib }: Upload, output: string): string[] {
  // Beside the modules, wrangler writes a README and a source map, which is uploaded apart and not counted.
  const paths = filesIn(folder).filter((path) => !/(\.map|README\.md)$/.test(path));
  const modules = paths.map((path) => ({ path, bytes: readFileSync(path) }));
  const rawBytes = modules.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const gzipBytes = modules.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0);
  const reported = reportedGzipKib(output);
  for (const { path, bytes } of modules) {
    console.log(
      `${kib(bytes.length).padStart(12)}${kib(gzipSync(bytes).length).padStart(12)} gzip  ${path.slice(projectRoot.length)}`,
    );
  }
  console.log(`upload: ${kib(rawBytes)}, gzip ${kib(gzipBytes)} (wrangler says ${reported ?? "nothing"} KiB)`);

  const problems: string[] = [];
  if (reported === undefined) problems.push("wrangler did not say how large the upload is");
  else if (Math.abs(reported * 1024 - gzipBytes) > maxGzipDisagreement * gzipBytes + 1024) {
    problems.push("wrangler's gzip size and that of the modules disagree: is every module counted?");
  }
  if (Math.max(gzipBytes / 1024, reported ?? 0) > maxKib) {
    problems.push(`the upload exceeds ${maxKib} KiB after gzip`);
  }
  if (/\benv\.DEMO\b|\benv\.ENVIRONMENT\b|assets/i.test(output.replaceAll(folder, ""))) {
    problems.push(`wrangler binds something of the demo:\n${output}`);
  }
  const digests = new Map(filesIn("demo/public").map((path) => [digestOf(readFileSync(path)), path]));
  for (const { path, bytes } of modules) {
    const demo = digests.get(digestOf(bytes));
    if (demo !== undefined) problems.push(`${path} is the demo's ${demo}`);
  }
  return problems;
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

rmSync(join(projectRoot, "dist"), { recursive: true, force: true });
const problems = uploads.flatMap((upload) => {
  console.log(`${upload.title}:`);
  const bundled = runTool("wrangler", ["deploy", "--dry-run", ...upload.configuration, "--outdir", upload.folder]);
  return bundled.succeeded
    ? findProblemsOfUpload(upload, bundled.output)
    : [`wrangler cannot bundle ${upload.title}:\n${bundled.output}`];
});
problems.push(...deployableEnvironments().flatMap(findDevelopmentParts));
for (const problem of problems) console.error(`error: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
