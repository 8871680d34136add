import { readdirSync, readFileSync } from "node:fs";
import colours from "picocolors";
import { afterEach, expect, test, vi } from "vitest";
import { printText, printError, printJson, withoutControls } from "../../../cli/print.ts";
import { logLine } from "../../../src/edge/log.ts";

afterEach(() => vi.restoreAllMocks());

/** What a server may send to a terminal, and what is to be seen of it. */
const hostile: readonly (readonly [string, string, string])[] = [
  ["clears the screen", "\u001B[2J", "\\u001b[2J"],
  ["sets the title", "\u001B]0;owned\u0007", "\\u001b]0;owned\\u0007"],
  ["writes over its line", "fault\r\u001B[Kright", "fault\\u000d\\u001b[Kright"],
  ["hides itself", "\u001B[8msecret\u001B[0m", "\\u001b[8msecret\\u001b[0m"],
  ["clears it with one byte of C1", "\u009B2J", "\\u009b2J"],
  ["deletes", "a\b\u007F", "a\\u0008\\u007f"],
  ["turns its direction", "gpj.\u202Eexe\u2066", "gpj.\\u202eexe\\u2066"],
];

test.each(hostile)("a text that %s is shown as it is", (_, text, seen) => {
  expect(withoutControls(text)).toBe(seen);
});

test("colours of our own, tabs, lines and letters of all languages stay", () => {
  const { bold, red, green, yellow } = colours.createColors(true);
  const text = `${bold("a")}\t${red("ü")}\n${green("写真")} ${yellow("×")} − 👍`;
  expect(withoutControls(text)).toBe(text);
});

test("JSON means the same", () => {
  const written: string[] = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void written.push(text));
  const value = hostile.map(([, text]) => text);
  printJson(value);
  printText("\u001B[2J");
  expect(JSON.parse(written[0] ?? "")).toEqual(value);
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  expect(written.join("")).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E\u2066]/);
});

test("errors go the same way", () => {
  const spy = vi.spyOn(console, "error").mockImplementation(() => undefined);
  printError("\u001B[2J");
  expect(spy).toHaveBeenCalledWith("\\u001b[2J");
});

test.each(hostile)("a line of the log about what %s has nothing that a terminal obeys", (_, text) => {
  const line = logLine(new Error(text, { cause: new Error(text) }));
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E\u2066]/);
  expect((JSON.parse(line) as { message: string }).message).toBe(text);
});

test.each([[undefined], [null], [5], [{ failure: "origin" }]])(
  "a line of the log says something of %j, too",
  (thrown) => {
    expect(JSON.parse(logLine(thrown))).toEqual(
      typeof thrown === "object" && thrown !== null ? thrown : { message: String(thrown) },
    );
  },
);

test("no other file of the command line writes to the terminal", () => {
  const folder = new URL("../../../cli/", import.meta.url);
  const writers = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .filter((name) => /console\.|process\.std|\bstderr\b/.test(readFileSync(new URL(name, folder), "utf8")));
  // Progress writes names and numbers of our own, and moves the cursor itself.
  expect(writers.toSorted()).toEqual(["print.ts", "progress.ts"]);
});
