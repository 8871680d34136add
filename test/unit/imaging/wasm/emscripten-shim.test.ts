import { describe, expect, it } from "vitest";
import { asWebWorker } from "../../../../src/imaging/wasm/emscripten-shim.ts";

/** What Emscripten's glue looks at. */
function surroundings() {
  const scope = globalThis as Record<string, unknown>;
  return { location: scope["location"], process: typeof scope["process"] };
}

describe("asWebWorker()", () => {
  it("shows a web worker without Node.js, during the call only", () => {
    const before = { ...surroundings(), keys: Reflect.ownKeys(globalThis).length };
    expect(asWebWorker(surroundings)).toEqual({
      location: { href: expect.stringMatching(/^https:/) as string },
      process: "undefined",
    });
    expect({ ...surroundings(), keys: Reflect.ownKeys(globalThis).length }).toEqual(before);
  });

  it("clears up after what throws", () => {
    const { env } = process;
    expect(() =>
      asWebWorker(() => {
        throw new Error("no memory");
      }),
    ).toThrow("no memory");
    expect(surroundings().location).toBeUndefined();
    expect(process.env).toBe(env);
  });

  it("lets an asynchronous start see the scope as it was after its first await", async () => {
    const seen = asWebWorker(async () => {
      await Promise.resolve();
      return surroundings();
    });
    expect(await seen).toEqual(surroundings());
  });
});
