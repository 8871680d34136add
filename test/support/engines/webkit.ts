import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import type { Engine } from "./engine.ts";

/** The browser that comes with Debian's WebKitGTK. */
export const miniBrowser = globSync("/usr/lib/*/webkit2gtk-4.*/MiniBrowser").toSorted().at(-1);

/** The page may make pictures that take long. */
const scriptTimeoutMs = 300_000;

/** WebKitGTK, by WebDriver (https://www.w3.org/TR/webdriver2/), on a display of its own that nobody sees. */
export async function openWebKit(): Promise<Engine> {
  if (miniBrowser === undefined) throw new Error("WebKitGTK's MiniBrowser was not found");
  const screen = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [display] = (await once(screen.stdout, "data")) as [Buffer];
  const port = await freePort();
  const env = { ...process.env, DISPLAY: `:${display.toString().trim()}`, WEBKIT_DISABLE_COMPOSITING_MODE: "1" };
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env });
  let twin: ChildProcess | undefined;
  let output = "";

  const call = async <Result>(method: string, path: string, body?: object): Promise<Result> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(scriptTimeoutMs),
    });
    const { value } = (await response.json()) as { value: Result & { readonly message?: string } };
    if (!response.ok) throw new Error(`${path}: ${value.message ?? response.status}`);
    return value;
  };
  await untilReady(() => call("GET", "/status"));
  const options = { binary: miniBrowser, args: ["--automation"] };
  const { sessionId, capabilities } = await call<Session>("POST", "/session", {
    capabilities: {
      alwaysMatch: {
        "webkitgtk:browserOptions": options,
        timeouts: { script: scriptTimeoutMs, pageLoad: scriptTimeoutMs },
      },
    },
  });
  const session = `/session/${sessionId}`;
  return {
    name: "WebKitGTK",
    version: capabilities.browserVersion,
    async open(url) {
      // Neither WebDriver nor a browser that it drives says what is written to the console: another one does.
      if (twin !== undefined) await end(twin);
      const opened = spawn(miniBrowser ?? "", ["--enable-write-console-messages-to-stdout=true", url], {
        stdio: ["ignore", "ignore", "pipe"],
        env,
      });
      opened.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
      twin = opened;
      await call("POST", `${session}/url`, { url });
    },
    async evaluate<Value>(expression: string) {
      const script = `const done = arguments[arguments.length - 1];
        Promise.resolve().then(() => ${expression}).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = await call<{ value?: Value; error?: string }>("POST", `${session}/execute/async`, {
        script,
        args: [],
      });
      if (error !== undefined) throw new Error(error);
      return value as Value;
    },
    takeErrors() {
      const taken = output.split("\n").filter((line) => /: CONSOLE (?:JS |NETWORK )?ERROR/.test(line));
      output = "";
      return Promise.resolve(taken);
    },
    async close() {
      await call("DELETE", session).catch(() => undefined);
      if (twin !== undefined) await end(twin);
      await end(driver);
      await end(screen);
    },
  };
}

interface Session {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "close");
  child.kill();
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function untilReady(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
