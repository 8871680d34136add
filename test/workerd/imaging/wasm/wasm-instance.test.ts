import { describe, expect, it } from "vitest";
import { ImagingError } from "../../../../src/imaging/model/error.ts";
import { type StartedWasm, WasmInstance } from "../../../../src/imaging/wasm/wasm-instance.ts";

const pageBytes = 65_536;

/** A real WASM memory of one page, with nothing around it. */
function startMemory(): StartedWasm<string> {
  return { api: "api", memory: new WebAssembly.Memory({ initial: 1 }) };
}

describe("WasmInstance", () => {
  it("starts nothing before the first run, and then once", async () => {
    let starts = 0;
    const wasm = new WasmInstance("png", pageBytes, async () => {
      starts++;
      return startMemory();
    });
    expect([starts, wasm.liveBytes]).toEqual([0, 0]);
    await wasm.run("damaged", () => undefined);
    await wasm.run("damaged", () => undefined);
    expect([starts, wasm.liveBytes]).toEqual([1, pageBytes]);
  });

  it("shares one start between calls that come during it", async () => {
    let starts = 0;
    const wasm = new WasmInstance("png", pageBytes, async () => {
      starts++;
      await Promise.resolve();
      return startMemory();
    });
    await Promise.all([wasm.run("damaged", () => undefined), wasm.run("damaged", () => undefined)]);
    expect(starts).toBe(1);
  });

  it("tries again after a failed start", async () => {
    let starts = 0;
    const wasm = new WasmInstance("png", pageBytes, async () => {
      if (++starts === 1) throw new RangeError("out of memory");
      return startMemory();
    });
    const failure: unknown = await wasm.run("codec", () => 1).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImagingError);
    expect(failure).toMatchObject({ format: "png", kind: "codec", message: "png codec: no start: out of memory" });
    expect((failure as ImagingError).cause).toBeInstanceOf(RangeError);
    expect(await wasm.run("codec", () => 2)).toBe(2);
    expect(starts).toBe(2);
  });

  it.each([
    ["a trap", new WebAssembly.RuntimeError("unreachable"), "unreachable"],
    ["the address of a C++ exception", 2_628_352, "C++ exception"],
    [
      "an ExitStatus, which is no Error",
      { message: "Program terminated with exit(1)" },
      "Program terminated with exit(1)",
    ],
  ] satisfies [string, unknown, string][])("drops the instance after %s", async (_, thrown: unknown, detail) => {
    let starts = 0;
    const wasm = new WasmInstance("png", pageBytes, async () => {
      starts++;
      return startMemory();
    });
    const work = (): never => {
      throw thrown;
    };
    await expect(wasm.run("damaged", work)).rejects.toMatchObject({
      kind: "damaged",
      message: `png damaged: ${detail}`,
      cause: thrown,
    });
    expect(wasm.liveBytes).toBe(0);
    await wasm.run("damaged", () => undefined);
    expect(starts).toBe(2);
  });

  it("gives another call an instance of its own while work waits", async () => {
    let starts = 0;
    const wasm = new WasmInstance("avif", pageBytes, async () => ({ ...startMemory(), api: ++starts }));
    const [begun, wait] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = wasm.run("codec", async (number) => {
      begun.resolve();
      await wait.promise;
      return number;
    });
    await begun.promise;
    const others = await Promise.all([wasm.run("codec", (number) => number), wasm.run("codec", (number) => number)]);
    wait.resolve();
    expect([await first, ...others]).toEqual([1, 2, 2]);
    expect(await wasm.run("codec", (number) => number)).toBe(2);
  });

  it("keeps the instance of another call where work fails that had to wait", async () => {
    let starts = 0;
    const wasm = new WasmInstance("avif", pageBytes, async () => ({ ...startMemory(), api: ++starts }));
    const [begun, wait] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = wasm.run("codec", () => {
      begun.resolve();
      return wait.promise;
    });
    await begun.promise;
    await wasm.run("codec", () => 1);
    wait.reject(new WebAssembly.RuntimeError("unreachable"));
    await expect(first).rejects.toThrow("unreachable");
    expect([wasm.liveBytes, starts]).toEqual([pageBytes, 2]);
  });

  it("drops an instance whose memory grew past the ceiling, and keeps one at it", async () => {
    const wasm = new WasmInstance("png", 2 * pageBytes, async () => startMemory());
    await wasm.run("codec", (_, memory) => memory.grow(1));
    expect(wasm.liveBytes).toBe(2 * pageBytes);
    await wasm.run("codec", (_, memory) => memory.grow(1));
    expect(wasm.liveBytes).toBe(0);
  });
});
