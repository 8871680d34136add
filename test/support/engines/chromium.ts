import { openBrowser } from "../../../scripts/browser.ts";
import type { Engine } from "./engine.ts";

export interface ChromiumEngine extends Engine {
  /** Of the DevTools protocol, in the page's session. */
  call<Result>(method: string, parameters?: object): Promise<Result>;
}

interface Evaluated {
  readonly result: { readonly value: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}

/** The parts of what the protocol reports that are read here. */
interface Reported {
  readonly type?: string;
  readonly args?: readonly { readonly value?: string | number | boolean; readonly description?: string }[];
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
  readonly entry?: { readonly level: string; readonly text: string; readonly url?: string };
}

/** Chromium, by the DevTools protocol. */
export async function openChromium(options: readonly string[] = []): Promise<ChromiumEngine> {
  const browser = await openBrowser(["--force-color-profile=srgb", ...options]);
  const { devTools } = browser;
  const { product } = await devTools.call<{ product: string }>("Browser.getVersion");
  const { targetId } = await devTools.call<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const attached = { targetId, flatten: true };
  const { sessionId } = await devTools.call<{ sessionId: string }>("Target.attachToTarget", attached);
  const call = <Result>(method: string, parameters: object = {}): Promise<Result> =>
    devTools.call<Result>(method, parameters, sessionId);
  let errors: string[] = [];
  devTools.listen((method, parameters) => {
    const { type, args = [], exceptionDetails, entry } = parameters as Reported;
    if (method === "Runtime.exceptionThrown")
      errors.push(exceptionDetails?.exception?.description ?? exceptionDetails?.text ?? "");
    if (method === "Runtime.consoleAPICalled" && type === "error")
      errors.push(args.map(({ value, description }) => String(value ?? description)).join(" "));
    if (method === "Log.entryAdded" && entry?.level === "error") errors.push(`${entry.text} ${entry.url ?? ""}`.trim());
  });
  for (const domain of ["Page", "Runtime", "Log"]) await call(`${domain}.enable`);

  const evaluate = async <Value>(expression: string): Promise<Value> => {
    const parameters = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await call<Evaluated>("Runtime.evaluate", parameters);
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? "the page has thrown");
    return result.value as Value;
  };
  return {
    name: "Chromium",
    version: product.replace(/^.*\//, ""),
    call,
    evaluate,
    async open(url) {
      const { errorText } = await call<{ errorText?: string }>("Page.navigate", { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      while (!(await evaluate<boolean>('location.protocol === "http:" && document.readyState === "complete"')));
    },
    takeErrors() {
      const taken = errors;
      errors = [];
      return Promise.resolve(taken);
    },
    close: () => browser.close(),
  };
}
