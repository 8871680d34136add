/** The rules that keep the halves and the layers of the code apart: each is broken once, in files of a temporary folder. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const oxlint = fileURLToPath(new URL("../../node_modules/oxlint/bin/oxlint", import.meta.url));
const config = fileURLToPath(new URL("../../.oxlintrc.json", import.meta.url));

const imports = (what: string): string => `import { x } from "${what}";\nexport const y = x;\n`;
const importsType = (what: string): string => `import type { X } from "${what}";\nexport type Y = X;\n`;

const broken: Readonly<Record<string, readonly [rule: string, text: string]>> = {
  "imaging/decode/edge.ts": ["no-restricted-imports", imports("../../edge/limits.ts")],
  "imaging/decode/node.ts": ["no-restricted-imports", imports("node:fs")],
  "imaging/decode/test.ts": ["no-restricted-imports", imports("../../../test/support/http.ts")],
  "imaging/decode/entry.ts": ["no-restricted-imports", imports("../../worker.ts")],
  "imaging/decode/date.ts": ["no-restricted-globals", "export const y = new Date();\n"],
  "imaging/decode/fetch.ts": ["no-restricted-globals", 'export const y = fetch("a");\n'],
  "imaging/decode/timer.ts": ["no-restricted-globals", "setTimeout(() => undefined, 1);\n"],
  "imaging/decode/random.ts": ["no-restricted-properties", "export const y = Math.random();\n"],
  "imaging/png/operation.ts": ["no-restricted-imports", imports("../probe/probe.ts")],
  "imaging/png/door.ts": ["no-restricted-imports", imports("../open-image.ts")],
  "imaging/png/other-format.ts": ["no-restricted-imports", imports("../webp/embed.ts")],
  "imaging/jpeg/decode/operation.ts": ["no-restricted-imports", imports("../../cost/predict.ts")],
  "imaging/model/format.ts": ["no-restricted-imports", importsType("../jpeg/frame.ts")],
  "imaging/pixels/operation.ts": ["no-restricted-imports", imports("../encode/encode.ts")],
  "edge/backend/inside.ts": ["no-restricted-imports", imports("../../imaging/encode/encode.ts")],
  "edge/backend/door.ts": ["no-restricted-imports", imports("../../imaging/create-imaging.ts")],
  "edge/inside.ts": ["no-restricted-imports", imports("../imaging/png/embed.ts")],
  "edge/store/wasm.ts": ["no-restricted-imports", imports("package/codec.wasm")],
  "edge/plan/date.ts": ["no-restricted-globals", "export const y = Date.now();\n"],
  "edge/dialects/timer.ts": ["no-restricted-globals", "setTimeout(() => undefined, 1);\n"],
  "edge/circle-a.ts": ["no-cycle", importsType("./circle-b.ts")],
  "edge/circle-b.ts": ["no-cycle", importsType("./circle-a.ts")],
};

const sound: Readonly<Record<string, string>> = {
  "imaging/png/ground.ts": imports("../bytes/crc32.ts"),
  "imaging/png/jpeg.ts": imports("../jpeg/embed.ts"),
  "imaging/png/wasm.ts": imports("package/codec.wasm"),
  "imaging/jpeg/optimise/own-folder.ts": imports("../decode/rgba.ts"),
  "imaging/decode/format.ts": imports("../png/decode.ts"),
  "edge/backend/cost.ts": imports("../../imaging/cost/predict.ts"),
  "edge/backend/types.ts": importsType("../../imaging/imaging.ts"),
  "edge/flight/date.ts": "export const y = Date.now();\n",
};

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

let folder = "";
let found: readonly Diagnostic[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lint-"));
  // Types are not needed for these rules, and there are none.
  writeFileSync(
    join(folder, ".oxlintrc.json"),
    readFileSync(config, "utf8").replace('"typeAware": true', '"typeAware": false'),
  );
  const files = { ...sound, ...Object.fromEntries(Object.entries(broken).map(([name, [, text]]) => [name, text])) };
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, "src", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const { stdout } = spawnSync(process.execPath, [oxlint, "-f", "json"], { cwd: folder, encoding: "utf8" });
  found = (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("lint", () => {
  it.each(Object.keys(broken).map((name) => [name, broken[name]?.[0] ?? ""]))(
    "finds what is wrong in %s: %s",
    (name, rule) => {
      const rules = found.filter(({ filename }) => filename.endsWith(`src/${name}`)).map(({ code }) => code);
      expect(
        rules.some((code) => code.includes(`(${rule})`)),
        rules.join(),
      ).toBe(true);
    },
  );

  it.each(Object.keys(sound))("finds nothing in %s", (name) => {
    expect(found.filter(({ filename }) => filename.endsWith(`src/${name}`))).toEqual([]);
  });
});
