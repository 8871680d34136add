/** Small files that announce or unfold to what nobody could hold: decided before anything is decoded. */
import { describe, expect, it } from "vitest";
import { decide } from "../../../prove/bombs/decide.ts";
import { bombs } from "../../../prove/bombs/make.ts";
import { allocatedBytes } from "../../support/allocated-bytes.ts";

describe("planSource() of files that unfold", () => {
  it.each(bombs.map((bomb) => [bomb.name, bomb] as const))("decides from what it says: %s", async (_, bomb) => {
    const file = new Uint8Array(await bomb.make());
    let decided = "";
    const bytes = await allocatedBytes(async () => ({ decided } = await decide(file)));
    expect(decided).toBe(bomb.decided);
    // A copy of its metadata, and windows of what was inflated; lists are in no buffer.
    expect(bytes).toBeLessThan(24e6 + file.length);
  });
});
