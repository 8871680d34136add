/**
 * What the glue code is to find in the global scope: a web worker, and no Node.js, whose `process` workerd has by
 * itself at later compatibility dates, though neither `require` nor `__dirname`.
 */
const webWorkerGlobals = { location: { href: "https://worker.invalid/" }, process: undefined };

/**
 * Runs `start` as if in a web worker. Emscripten's glue examines its surroundings when the module factory is called:
 * it reads `self.location.href` without asking whether there is one, and takes `process` for Node.js. The global scope
 * is changed only during the call, so that no other code takes this isolate for a web worker. What `start` does after
 * its first `await` sees the scope as it was; OpenJPEG's factory has examined it by then.
 */
export function asWebWorker<Result>(start: () => Result): Result {
  const before = Object.keys(webWorkerGlobals).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  try {
    for (const [name, value] of Object.entries(webWorkerGlobals)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
    return start();
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  }
}
