import { describe, expect, it } from "vitest";
import { readFreshness } from "../../../../src/edge/http/freshness.ts";
import { maxRememberedReplies } from "../../../../src/edge/limits.ts";
import {
  mergeVariants,
  type OriginReply,
  type VariantState,
  type VariantStates,
  withReply,
} from "../../../../src/edge/plan/known-source.ts";

const made: VariantState = { state: "made", bytes: 10, etag: '"a"' };
const remade: VariantState = { state: "made", bytes: 9, etag: '"b"' };
const pending: VariantState = { state: "pending", until: 60, attempts: 0 };
const failed: VariantState = { state: "failed", attempts: 1, retryAt: 70 };
const refused: VariantState = { state: "refused" };

describe("mergeVariants()", () => {
  const merge = (own: VariantState | undefined, stored: VariantState | undefined, isTouched: boolean, lost = "") => {
    const states = (state: VariantState | undefined): VariantStates => (state === undefined ? {} : { avif: state });
    return mergeVariants(states(own), states(stored), new Set(isTouched ? (["avif"] as const) : []), new Set([lost]))
      .avif;
  };

  it.each<[string, VariantState | undefined, VariantState | undefined, VariantState | undefined]>([
    ["what another isolate has made", undefined, made, made],
    ["what another isolate has made again", made, remade, remade],
    ["another isolate's mark", undefined, pending, pending],
    ["that another isolate's mark is gone", pending, undefined, undefined],
    ["what was made, although the store does not name it", made, undefined, made],
  ])("takes %s, where nothing has been set here", (_, own, stored, expected) => {
    expect(merge(own, stored, false)).toEqual(expected);
  });

  it.each<[string, VariantState | undefined, VariantState | undefined, VariantState | undefined]>([
    ["the own mark over an older failure", pending, failed, pending],
    ["the own failure over the own mark", failed, pending, failed],
    ["that there is nothing over the own mark", undefined, pending, undefined],
    ["the own result over any other", made, remade, made],
    ["another one's result over the own mark", pending, made, made],
    ["another one's refusal over the own failure", failed, refused, refused],
  ])("takes %s, where something has been set here", (_, own, stored, expected) => {
    expect(merge(own, stored, true)).toEqual(expected);
  });

  it("does not believe a store that names bytes which are lost", () => {
    expect(merge(undefined, made, true, made.etag)).toBeUndefined();
    expect(merge(pending, made, true, made.etag)).toEqual(pending);
    expect(merge(undefined, remade, true, made.etag)).toEqual(remade);
  });

  it("keeps the variants of both sides", () => {
    expect(mergeVariants({ webp: made }, { jxl: remade }, new Set(["webp"]), new Set())).toEqual({
      webp: made,
      jxl: remade,
    });
  });
});

describe("withReply()", () => {
  const reply = (confirmedAt: number, headers: OriginReply["headers"] = []): OriginReply => ({
    originEtag: null,
    lastModified: null,
    headers,
    freshness: readFreshness({ cacheControl: "max-age=60", expires: null, date: null, age: null }, 0),
    confirmedAt,
  });

  it("ends all others with one for everybody, and that one with one for an Origin", () => {
    const some = withReply(withReply({}, "=https://a.test", reply(1)), "-", reply(2));
    expect(Object.keys(some)).toHaveLength(2);
    const everybodys = withReply(some, "*", reply(3));
    expect(everybodys).toEqual({ "*": reply(3) });
    expect(Object.keys(withReply(everybodys, "=https://b.test", reply(4)))).toEqual(["=https://b.test"]);
  });

  it("keeps one for everybody where a request without an Origin got none that says otherwise", () => {
    const everybodys = withReply({}, "*", reply(1));
    expect(withReply(everybodys, "-", reply(2))).toEqual(everybodys);
    const varying = reply(2, [["vary", "Origin"]]);
    expect(withReply(everybodys, "-", varying)).toEqual({ "-": varying });
  });

  it("remembers the latest, and so many", () => {
    let replies = {};
    for (let index = 0; index < 100; index++) replies = withReply(replies, `=https://${index}.test`, reply(index));
    const kept = Array.from({ length: maxRememberedReplies }, (_, index) => `=https://${99 - index}.test`);
    expect(Object.keys(replies)).toEqual(kept);
  });
});
