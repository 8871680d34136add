/** What floods cost: how often the origin is asked, and how much is made and stored. */
import { describe, expect, test } from "vitest";
import { filesPerFormat, type Flood, floodedPath, floods, modernAccept, mostOf } from "../../support/floods.ts";
import { pictureOf } from "../../support/provided.ts";
import { listClasses } from "../../../src/edge/negotiate/client-class.ts";
import { verdictOf } from "../../support/answer.ts";
import { createMapCache, type MapCache } from "../map-cache.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { jpeg } from "../scripted-origin.ts";

const requests = 40;
const formats = "avif,webp";

async function edgeFor({
  vars,
  limit,
  answer = {},
  unsafeStatus = 200,
}: Flood): Promise<Edge & { readonly cache: MapCache }> {
  const cache = createMapCache();
  let taken = 0;
  const limiter = { limit: async () => ({ success: ++taken <= (limit ?? 0) }) };
  const edge = await startEdge({
    vars: { FORMATS: formats, ...vars },
    cache,
    bindings: limit === undefined ? {} : { RATE_LIMITER: limiter },
  });
  const picture = jpeg(pictureOf("photo"), answer);
  edge.origin.on(floodedPath, (request, count) =>
    request.method === "GET" ? picture(request, count) : new Response("done", { status: unsafeStatus }),
  );
  return Object.assign(edge, { cache });
}

/** The classes that were seen. */
async function flood(edge: Edge, { isWarm, path, headers, before }: Flood): Promise<ReadonlySet<unknown>> {
  const classes = new Set<unknown>();
  if (isWarm === true) await edge.settle(path(0), modernAccept);
  for (let index = 0; index < requests; index++) {
    const fields = { accept: modernAccept, ...headers?.(index) };
    if (before !== undefined) await edge.ask(path(index), { method: before, headers: fields });
    const answer = await edge.ask(path(index), { headers: fields });
    expect(answer.status).toBeLessThan(500);
    classes.add(verdictOf(answer)["class"]);
    await edge.idle();
  }
  return classes;
}

describe.each(Object.entries(floods))("a flood of requests with random %s", (_name, scenario) => {
  test("costs what is said of it, and no more", async () => {
    const edge = await edgeFor(scenario);
    const classes = await flood(edge, scenario);
    const fetched = edge.origin.requests().filter(({ method }) => method === "GET").length;
    expect(fetched).toBeLessThanOrEqual(mostOf(scenario.fetches, requests));
    if (scenario.fetches === "each") expect(fetched).toBe(requests);
    for (const format of new Set(edge.engine.encoded)) {
      const made = edge.engine.encoded.filter((each) => each === format).length;
      const most = mostOf(scenario.encodes, requests, scenario.limit);
      const files = scenario.encodes === "one" && scenario.vars?.["NETWORK"] !== undefined ? filesPerFormat : 1;
      expect(made, format).toBeLessThanOrEqual(most * files);
    }
    if (scenario.encodes === "none") expect(edge.engine.encoded).toEqual([]);
    else expect(edge.engine.encoded).not.toEqual([]);
    expect(classes.size).toBeLessThanOrEqual(listClasses().length);
    // Nothing is stored for what is passed on, and a few entries for each picture.
    const perPicture = 8 + classes.size;
    const most = mostOf(scenario.encodes, requests, scenario.limit);
    const entries =
      scenario.fetches === "each" && scenario.encodes === "one" ? requests + perPicture : 2 * perPicture * most;
    expect(edge.cache.entries.size).toBeLessThanOrEqual(entries);
  });
});
