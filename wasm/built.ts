/** The modules that are made here: where they are, and the digests that are recorded of them. */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
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
