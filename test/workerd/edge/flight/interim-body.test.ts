/** Bodies that the cache has begun to give: each is read to its end or cancelled, since until then it holds a connection. */
import { describe, expect, it } from "vitest";
import { createMapCache } from "../../map-cache.ts";
import { accepts, fileOf, setUp, type Stage } from "../../scripted-services.ts";
import { eventually } from "../../../support/eventually.ts";

interface BodyCount {
  /** Not read to their end, nor cancelled. */
  open: number;
  cancelled: number;
}

/** A cache that gives its bodies byte by byte as they are asked for, so that none ends by itself. */
function createSlowCache(): { readonly cache: Cache; readonly bodies: BodyCount } {
  const cache = createMapCache();
  const bodies: BodyCount = { open: 0, cancelled: 0 };
  const slowly = (bytes: Uint8Array): ReadableStream<Uint8Array> => {
    let at = 0;
    bodies.open += 1;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at + 500));
        at += 500;
      } else {
        bodies.open -= 1;
        controller.close();
      }
    };
    const cancel = (): void => {
      bodies.open -= 1;
      bodies.cancelled += 1;
    };
    return new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
  };
  const slow: Cache = {
    put: (asked, response) => cache.put(asked, response),
    delete: (asked) => cache.delete(asked),
    async match(asked) {
      const found = await cache.match(asked);
      return found && new Response(slowly(new Uint8Array(await found.arrayBuffer())), found);
    },
  };
  return { cache: slow, bodies };
}

/** A first answer is stored, and a better one is being made until it is released. */
async function begin(cache: Cache): Promise<{ readonly stage: Stage; readonly release: () => void }> {
  const stage = setUp({}, { cache });
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.encode = async (_, { format }) => {
    if (format === "avif") await promise;
    return fileOf(format);
  };
  await (await stage.ask("/a.png", accepts.both)).arrayBuffer();
  await eventually(() => expect(stage.encoded).toContain("avif"));
  return { stage, release: resolve };
}

describe("the body of an interim answer", () => {
  it("is cancelled where a better answer comes in time", async () => {
    const { cache, bodies } = createSlowCache();
    const { stage, release } = await begin(cache);
    const asked = stage.ask("/a.png", accepts.both);
    // It has been found, and waits for the better one.
    await eventually(() => expect(bodies.open).toBe(1));
    release();
    const answer = await asked;
    expect(answer.headers.get("edge-imaging")).toContain("reason=transcoded");
    await answer.arrayBuffer();
    await stage.idle();
    expect(bodies).toMatchObject({ open: 0, cancelled: 1 });
  });

  it("is cancelled where the client leaves while it comes, and the work goes on", async () => {
    const { cache, bodies } = createSlowCache();
    const { stage, release } = await begin(cache);
    Object.assign(stage.services.config, { INLINE_BUDGET_MS: 0 });
    const answer = await stage.ask("/a.png", accepts.both);
    expect(answer.headers.get("edge-imaging")).toContain("reason=interim");
    const reader = (answer.body as ReadableStream<Uint8Array> | null)?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    await reader?.cancel();
    expect(bodies).toMatchObject({ open: 0, cancelled: 1 });
    release();
    await stage.idle();
    expect(await stage.get("/a.png", accepts.both)).toMatchObject({ reason: "transcoded" });
    expect(bodies.open).toBe(0);
  });
});
