/**
 * A headless Chromium, driven by the DevTools protocol. `CHROMIUM` names another browser than the installed one.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const command = process.env["CHROMIUM"] ?? "chromium";

export interface Browser {
  readonly devTools: DevTools;
  close(): Promise<void>;
}

/** An answer has an id, an event a method. */
interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: unknown;
}

/** Speaks the DevTools protocol over a WebSocket: https://chromedevtools.github.io/devtools-protocol/ */
export class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #listeners: ((method: string, parameters: unknown) => void)[] = [];
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      const message = JSON.parse(String(event.data)) as Message;
      if (message.method !== undefined) for (const hear of this.#listeners) hear(message.method, message.params);
      const caller = this.#waiting.get(message.id ?? 0);
      if (caller === undefined) return;
      this.#waiting.delete(message.id ?? 0);
      if (message.error === undefined) caller.resolve(message.result);
      else caller.reject(new Error(message.error.message));
    });
    // A browser that has ended answers nothing any more: a caller would wait for ever.
    socket.addEventListener("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The browser has closed the connection."));
      this.#waiting.clear();
    });
  }

  /** Hears every event of every session; a domain sends them once it is enabled. */
  listen(hear: (method: string, parameters: unknown) => void): void {
    this.#listeners.push(hear);
  }

  static async connect(url: string): Promise<DevTools> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`No connection to ${url}`)));
    });
    return new DevTools(socket);
  }

  async call<Result>(method: string, parameters: object = {}, sessionId?: string): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    const result = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params: parameters, sessionId }));
    return (await result) as Result;
  }
}

/** Starts a browser with a profile of its own. Throws when it is not installed or ends at once. */
export async function openBrowser(options: readonly string[] = []): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "edge-imaging-browser-"));
  const own = ["--headless", "--no-sandbox", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
  const browser = spawn(command, [...own, ...options], { stdio: ["ignore", "ignore", "pipe"] });
  // Not "close": a child of the browser may hold its output for longer.
  const ended = new Promise<void>((resolve) => browser.once("exit", () => resolve()));
  const endpoint = await new Promise<string>((resolve, reject) => {
    let output = "";
    browser.once("error", () => reject(new Error("Chromium was not found; install it or name a browser in CHROMIUM.")));
    browser.once("exit", () => reject(new Error(`The browser ended early: ${output}`)));
    browser.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const address = /DevTools listening on (\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const devTools = await DevTools.connect(endpoint);
  return {
    devTools,
    async close() {
      await devTools.call("Browser.close").catch(() => undefined);
      browser.kill();
      const overdue = setTimeout(() => browser.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(overdue);
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
