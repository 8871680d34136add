import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DiskCache } from "../../../node/disk-cache.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-imaging-cache-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const url = (name: string): string => `https://images.example/${name}`;
const kept = (text: string, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(text, { headers: { "cache-control": "max-age=60", ...headers } });

test("what was put is matched, also by another process, with its fields", async () => {
  const cache = await DiskCache.open(folder, 1e6);
  await cache.put(url("a"), kept("hello", { etag: '"1"', "x-own": "yes" }));
  for (const reader of [cache, await DiskCache.open(folder, 1e6)]) {
    const found = await reader.match(url("a"));
    expect([found?.headers.get("etag"), found?.headers.get("content-length")]).toEqual(['"1"', "5"]);
    expect(await found?.text()).toBe("hello");
  }
  expect(await cache.match(url("b"))).toBeUndefined();
});

test("a part is answered with 206, what lies beyond the end with 416", async () => {
  const cache = await DiskCache.open(folder, 1e6);
  await cache.put(url("a"), kept("hello"));
  const part = await cache.match(new Request(url("a"), { headers: { range: "bytes=1-2" } }));
  expect([part?.status, part?.headers.get("content-range"), await part?.text()]).toEqual([206, "bytes 1-2/5", "el"]);
  const beyond = await cache.match(new Request(url("a"), { headers: { range: "bytes=5-" } }));
  expect([beyond?.status, beyond?.headers.get("content-range")]).toEqual([416, "bytes */5"]);
});

test("nothing is kept without a lifetime, and nothing after it", async () => {
  const cache = await DiskCache.open(folder, 1e6);
  await cache.put(url("a"), new Response("hello", { headers: { "cache-control": "no-store" } }));
  await cache.put(url("b"), new Response("hello", { headers: { "cache-control": "max-age=0" } }));
  expect(await readdir(folder)).toEqual([]);
});

test("delete says whether something was there", async () => {
  const cache = await DiskCache.open(folder, 1e6);
  await cache.put(url("a"), kept("hello"));
  expect([await cache.delete(url("a")), await cache.delete(url("a"))]).toEqual([true, false]);
  expect(await cache.match(url("a"))).toBeUndefined();
});

test("what has not been used for the longest time makes way, and the sum stays below the bound", async () => {
  const cache = await DiskCache.open(folder, 3000);
  for (const name of ["a", "b"]) await cache.put(url(name), kept("x".repeat(1000)));
  await (await cache.match(url("a")))?.text();
  await cache.put(url("c"), kept("x".repeat(1000)));
  expect(await cache.match(url("b"))).toBeUndefined();
  expect(await cache.match(url("a"))).toBeDefined();
  expect(await cache.match(url("c"))).toBeDefined();
});

test("what a process was writing when it ended is removed, and a damaged entry is none", async () => {
  await writeFile(join(folder, "0123.half"), "half");
  const cache = await DiskCache.open(folder, 1e6);
  expect(await readdir(folder)).toEqual([]);
  await cache.put(url("a"), kept("hello"));
  const [name = ""] = await readdir(folder);
  await writeFile(join(folder, name), "no head");
  expect(await cache.match(url("a"))).toBeUndefined();
});
