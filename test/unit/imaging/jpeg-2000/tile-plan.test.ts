import { assert, integer, oneof, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { maxTilePixels, planTiles } from "../../../../src/imaging/jpeg-2000/tile-plan.ts";

const isPowerOfTwo = (value: number) => value > 0 && (value & (value - 1)) === 0;

describe("planTiles()", () => {
  it("cuts any image into tiles that can be encoded one by one", () => {
    const side = oneof(integer({ min: 1, max: 70 }), integer({ min: 1, max: 9000 }));
    assert(
      property(side, side, (width, height) => {
        const plan = planTiles(width, height);
        if (plan === undefined) throw new Error("no plan");
        expect(isPowerOfTwo(plan.tileWidth) && isPowerOfTwo(plan.tileHeight)).toBe(true);
        expect(plan.levels).toBeLessThanOrEqual(5);
        expect(Math.min(plan.tileWidth, plan.tileHeight)).toBeGreaterThanOrEqual(2 ** plan.levels);
        let area = 0;
        for (const [index, tile] of plan.tiles.entries()) {
          // ITU-T T.800 §B.3: where the grid puts the tile of this number, clipped to the image.
          const columns = Math.ceil(width / plan.tileWidth);
          const x = (index % columns) * plan.tileWidth;
          const y = Math.floor(index / columns) * plan.tileHeight;
          const right = Math.min(x + plan.tileWidth, width);
          const bottom = Math.min(y + plan.tileHeight, height);
          expect(tile).toEqual({ x, y, width: right - x, height: bottom - y });
          expect(Math.min(tile.width, tile.height)).toBeGreaterThanOrEqual(2 ** plan.levels);
          expect(tile.width * tile.height).toBeLessThanOrEqual(maxTilePixels);
          area += tile.width * tile.height;
        }
        expect(area).toBe(width * height);
      }),
    );
  });

  it.each([
    [1, 1, 1, 0],
    [17, 3, 1, 1],
    [2049, 5, 1, 2],
    [1040, 900, 1, 5], // squares of 1024 would leave a column of 16
    [1056, 1056, 1, 5], // and here one of 32
    [1300, 700, 1, 5],
    [2050, 1370, 3, 5], // only strips leave no narrow column
    [3000, 1988, 6, 5],
    [8000, 6000, 48, 5],
  ])("cuts %i × %i into %i, halved %i times", (width, height, tiles, levels) => {
    const plan = planTiles(width, height);
    expect([plan?.tiles.length, plan?.levels]).toEqual([tiles, levels]);
  });

  it("lowers the levels where no cut leaves a wider last column and row", () => {
    expect(planTiles(2049, 2049)?.levels).toBe(0);
    expect(planTiles(2048 + 8, 2048 + 8)?.levels).toBe(3);
  });

  it.each([
    ["no width", 0, 10],
    ["no height", 10, 0],
    ["more tiles than can be numbered", 2 ** 19, 2 ** 19],
  ])("refuses an image with %s", (_, width, height) => {
    expect(planTiles(width, height)).toBeUndefined();
  });
});
