/** The parts of a web worker's global scope that workerd does not have and Emscripten's glue asks for. */
const webWorkerGlobals = {
  location: { href: "https://worker.invalid/" },
  importScripts: () => {
    throw new Error("scripts cannot be loaded");
  },
};

/**
 * Runs `start` as if in a web worker. Emscripten's glue looks for its surroundings when the module factory is called:
 * it reads `self.location.href` without asking whether there is one, and knows a worker by `importScripts`. Both are
 * there only during the call, so that no other code takes this isolate for a web worker. What `start` does after its
 * first `await` no longer sees them; OpenJPEG's and LittleCMS's factories have looked by then.
 *
 * In Node.js, where `self` is missing or the glue takes another way, nothing is harmed.
 */
export function asWebWorker<Result>(start: () => Result): Result {
  const scope = globalThis as Record<string, unknown>;
  const missing = Object.entries(webWorkerGlobals).filter(([name]) => scope[name] === undefined);
  for (const [name, value] of missing) Object.defineProperty(scope, name, { value, configurable: true });
  try {
    return start();
  } finally {
    for (const [name] of missing) Reflect.deleteProperty(scope, name);
  }
}
