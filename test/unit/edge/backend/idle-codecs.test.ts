import { describe, expect, it } from "vitest";
import { dropWhenIdle } from "../../../../src/edge/backend/idle-codecs.ts";
import { maxRequestsKeepingCodecs } from "../../../../src/edge/limits.ts";
import { openWith } from "../../../../src/imaging/open-image.ts";
import type { Recipe } from "../../../../src/imaging/model/recipe.ts";
import { scriptCodecs, webpFile } from "../../../support/scripted-codecs.ts";
import { animatedGif } from "../../samples.ts";

const animate: Recipe = { kind: "animate", format: "webp" };
const facts = { ...animatedGif, width: 20, height: 10 };

function repeat(times: number, work: () => void): void {
  for (let index = 0; index < times; index++) work();
}

describe("dropWhenIdle()", () => {
  it("drops the codecs once, after so many requests without work for them", () => {
    const codecs = scriptCodecs();
    const { countRequest } = dropWhenIdle(openWith(codecs));
    repeat(maxRequestsKeepingCodecs - 1, countRequest);
    expect(codecs.dropIdle).not.toHaveBeenCalled();
    repeat(3 * maxRequestsKeepingCodecs, countRequest);
    expect(codecs.dropIdle).toHaveBeenCalledTimes(1);
  });

  it("counts again from the end of every work", async () => {
    const codecs = scriptCodecs();
    const { imaging, countRequest } = dropWhenIdle(openWith(codecs));
    const image = imaging.open(new Uint8Array(5), facts, "none");
    for (const work of [() => image.make(animate), () => image.decode()]) {
      repeat(maxRequestsKeepingCodecs - 1, countRequest);
      const done = work();
      repeat(maxRequestsKeepingCodecs - 1, countRequest);
      await done;
    }
    repeat(maxRequestsKeepingCodecs - 1, countRequest);
    expect(codecs.dropIdle).not.toHaveBeenCalled();
    countRequest();
    expect(codecs.dropIdle).toHaveBeenCalledTimes(1);
  });

  it("hands on what the library answers", async () => {
    const codecs = scriptCodecs();
    codecs.liveBytes.mockReturnValue(7);
    const { imaging } = dropWhenIdle(openWith(codecs));
    const image = imaging.open(new Uint8Array(5), facts, "none");
    expect(await image.make(animate)).toEqual({ kind: "made", bytes: webpFile });
    expect((await image.decode()).pixels.width).toBe(20);
    expect(image.heldBytes()).toBe(800);
    image.close();
    expect(image.heldBytes()).toBe(0);
    expect(imaging.liveBytes()).toBe(7);
  });
});
