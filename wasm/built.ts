/** The modules that are made here: where they are, and the digests that are recorded of them. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** SHA-256 in hexadecimal digits, by the name of a module. */
export type Hashes = Readonly<Record<string, string>>;

export const builtFolder = fileURLToPath(new URL("built/", import.meta.url));

export const modulePath = (name: string): string => join(builtFolder, `${name}.wasm`);

const hashesFile = fileURLToPath(new URL("hashes.json", import.meta.url));

export const sha256 = (...parts: readonly (string | Uint8Array)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

export const readHashes = (): Hashes => JSON.parse(readFileSync(hashesFile, "utf8")) as Hashes;

/** Those of other modules stay. */
export function recordHashes(hashes: Hashes): void {
  writeWhole(hashesFile, `${JSON.stringify({ ...readHashes(), ...hashes }, undefined, 2)}\n`);
}

/** @throws where the module is not the recorded one */
export function demandRecorded(name: string, module: Uint8Array, expected: Hashes): void {
  if (sha256(module) !== expected[name])
    throw new Error(`${name}.wasm is not the module that hashes.json records: ${expected[name]}`);
}

/** Written beside and renamed, so that a command which runs at the same time never reads half a module. */
export function writeWhole(path: string, bytes: string | Uint8Array): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, path);
}

export type Order = "check" | "record" | undefined;

/** A module that is made for itself, of what `inputs` is the digest of. */
export interface Recipe {
  readonly name: string;
  readonly inputs: string;
  readonly make: () => Promise<Uint8Array>;
}

/**
 * Does nothing where the module is current, so that every command may call it first.
 * @throws where what was made is not what `hashes.json` records, unless it is to be recorded
 */
export async function makeModule({ name, inputs, make }: Recipe, expected: Hashes, order: Order): Promise<void> {
  const path = modulePath(name);
  const stampPath = join(builtFolder, `${name}.sha256`);
  const isCurrent =
    existsSync(path) &&
    existsSync(stampPath) &&
    readFileSync(stampPath, "utf8") === inputs &&
    sha256(readFileSync(path)) === expected[name];
  if (order === undefined && isCurrent) return;
  const start = performance.now();
  const module = await make();
  if (order === "record") recordHashes({ [name]: sha256(module) });
  else demandRecorded(name, module, expected);
  mkdirSync(builtFolder, { recursive: true });
  writeWhole(path, module);
  writeWhole(stampPath, inputs);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`Made ${name}.wasm, ${(module.length / 1024).toFixed(1)} KiB, in ${seconds} s.`);
}
