/** One Worker, or a fleet, each part of which a test can replace while it runs. */
import type { Bucket } from "../../../src/edge/env.ts";
import { createMapBucket, type MapBucket } from "../map-bucket.ts";
import { createMapCache, type MapCache } from "../map-cache.ts";
import { type Edge, type EdgeOptions, startEdge } from "../scripted-edge.ts";
import type { ScriptedEngine } from "../scripted-engine.ts";
import { type Fleet, startFleet } from "../scripted-fleet.ts";
import type { ScriptedOrigin } from "../scripted-origin.ts";

/** A part whose calls go to what they are replaced by. */
export interface Breakable<Part> {
  readonly whole: Part;
  replaced: Partial<Part>;
}

export interface Parts {
  readonly edge: Edge;
  readonly origin: ScriptedOrigin;
  readonly engines: readonly ScriptedEngine[];
  readonly cache: Breakable<Cache> & { readonly whole: MapCache };
  readonly bucket: Breakable<Bucket> & { readonly whole: MapBucket };
  readonly fleet: Fleet | undefined;
  readonly reported: () => readonly unknown[];
  readonly pass: (seconds: number) => void;
}

type Settings = Readonly<Record<string, string>>;

function breakableCache(): { readonly held: Parts["cache"]; readonly cache: Cache } {
  const held: Parts["cache"] = { whole: createMapCache(), replaced: {} };
  const of = <Name extends keyof Cache>(name: Name): Cache[Name] => held.replaced[name] ?? held.whole[name];
  return {
    held,
    cache: {
      match: (...wanted) => of("match")(...wanted),
      put: (...written) => of("put")(...written),
      delete: (...removed) => of("delete")(...removed),
    },
  };
}

export async function startWorker(vars: Settings = {}, options: EdgeOptions = {}): Promise<Parts> {
  const { held, cache } = breakableCache();
  const clock = { now: Date.now() };
  const host = `faults-${++workers}.test`;
  const edge = await startEdge({ vars, cache, site: { host, clock }, ...options });
  return {
    edge,
    origin: edge.origin,
    engines: [edge.engine],
    cache: held,
    bucket: { whole: createMapBucket(), replaced: {} },
    fleet: undefined,
    reported: () => edge.reported,
    pass: (seconds) => edge.pass(seconds),
  };
}

let workers = 0;

export async function startGateways(vars: Settings = {}): Promise<Parts> {
  const { held, cache } = breakableCache();
  const bucket: Parts["bucket"] = { whole: createMapBucket(), replaced: {} };
  const of = <Name extends keyof Bucket>(name: Name): Bucket[Name] => bucket.replaced[name] ?? bucket.whole[name];
  const seen: Bucket = {
    get: (name) => of("get")(name),
    head: (name) => of("head")(name),
    put: (...written) => of("put")(...written),
    delete: (name) => of("delete")(name),
  };
  const fleet = await startFleet({ vars, bucket: seen, cacheOf: () => cache });
  const [edge, other] = fleet.gateways;
  return {
    edge,
    origin: fleet.origin,
    engines: [edge.engine, other.engine, fleet.engine],
    cache: held,
    bucket,
    fleet,
    reported: () => [...edge.reported, ...fleet.reported],
    pass: (seconds) => edge.pass(seconds),
  };
}
