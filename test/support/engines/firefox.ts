import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DevTools } from "../../../scripts/browser.ts";
import type { Engine } from "./engine.ts";

/** Debian's; `FIREFOX` names another. */
export const firefoxCommand = process.env["FIREFOX"] ?? "firefox-esr";

interface Evaluated {
  readonly type: "success" | "exception";
  readonly result?: { readonly value?: string };
  readonly exceptionDetails?: { readonly text: string };
}

/**
 * Firefox, by WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/), whose messages have the form of the DevTools
 * protocol's.
 * @param preferences of `about:config`
 */
export async function openFirefox(name: string, preferences: Readonly<Record<string, boolean>> = {}): Promise<Engine> {
  const profile = await mkdtemp(join(tmpdir(), "edge-imaging-firefox-"));
  const lines = Object.entries(preferences).map(([key, value]) => `user_pref("${key}", ${value});\n`);
  await writeFile(join(profile, "user.js"), lines.join(""));
  const args = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"];
  const browser = spawn(firefoxCommand, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => browser.once("exit", () => resolve()));
  const bidi = await DevTools.connect(`${await addressOf(browser)}/session`);
  const { capabilities } = await bidi.call<{ capabilities: { browserVersion: string } }>("session.new", {
    capabilities: {},
  });
  let errors: string[] = [];
  bidi.listen((method, parameters) => {
    const { level, text } = parameters as { level?: string; text?: string };
    if (method === "log.entryAdded" && level === "error") errors.push(text ?? "");
  });
  await bidi.call("session.subscribe", { events: ["log.entryAdded"] });
  const { contexts } = await bidi.call<{ contexts: { context: string }[] }>("browsingContext.getTree");
  const context = contexts[0]?.context ?? "";
  return {
    name,
    version: capabilities.browserVersion,
    async open(url) {
      await bidi.call("browsingContext.navigate", { context, url, wait: "complete" });
    },
    async evaluate<Value>(expression: string) {
      // As text, since the protocol has a notation of its own for values.
      const asText = `Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`;
      const evaluated = await bidi.call<Evaluated>("script.evaluate", {
        expression: asText,
        target: { context },
        awaitPromise: true,
      });
      if (evaluated.type === "exception") throw new Error(evaluated.exceptionDetails?.text ?? "the page has thrown");
      return JSON.parse(evaluated.result?.value ?? "null") as Value;
    },
    takeErrors() {
      const taken = errors;
      errors = [];
      return Promise.resolve(taken);
    },
    async close() {
      await bidi.call("browser.close").catch(() => undefined);
      const overdue = setTimeout(() => browser.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(overdue);
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function addressOf(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    browser.once("error", () => reject(new Error(`${firefoxCommand} was not found`)));
    browser.once("exit", () => reject(new Error(`Firefox ended early: ${output}`)));
    browser.stderr?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const address = /WebDriver BiDi listening on (ws:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}
