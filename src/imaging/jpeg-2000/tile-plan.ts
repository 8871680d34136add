/** How an image is cut into tiles on the reference grid, and how often each tile is halved (ITU-T T.800 Annex B). */
export interface TilePlan {
  /** XTsiz and YTsiz: powers of two, the image's own sides or more when one tile reaches over them. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Decomposition levels of every tile-component. */
  readonly levels: number;
  /** In raster order, which is that of Isot. */
  readonly tiles: readonly Tile[];
}

/** Pixels of the image that one tile covers. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Pixels of one tile: with three components, the encoder's working memory for it stays inside the 50 MB that its
 * instance begins with, whatever the picture holds.
 * @internal exported for tests
 */
export const maxTilePixels = 1_150_000;

/** More levels gain nothing at the sizes of the web, and a shortest side of 32 must be requested as it is. */
const maxLevels = 5;

/** Below, the seams cost bytes. */
const shortestTileSideLog2 = 8;
/** The encoder counts a tile's sides in 16 bits; a side of 2^15 also never crosses a precinct boundary (§B.6). */
const longestTileSideLog2 = 15;

/** Isot has 16 bits and its last value is reserved (§A.4.2). */
const maxTiles = 65_535;

/**
 * Cuts an image so that every tile may be encoded as an image of its own. That requires tile sides that are powers of
 * two: only then do the wavelet's phase and the grid of 64 × 64 code-blocks fall in a tile as they do at the origin
 * (§B.5, §B.7; a decoder could not notice the difference). All tiles share one COD, and the encoder refuses a side
 * shorter than 2^levels, so a narrow last column or row lowers the levels of all: sides are chosen that leave none.
 *
 * @returns undefined for an image that cannot be cut like that: a side of 0, or more tiles than can be numbered
 */
export function planTiles(width: number, height: number): TilePlan | undefined {
  if (!(width > 0 && height > 0)) return undefined;
  let best: Cut | undefined;
  for (const tileWidth of sidesFor(width)) {
    for (const tileHeight of sidesFor(height)) {
      const cut = cutInto(width, height, tileWidth, tileHeight);
      if (cut !== undefined && (best === undefined || isBetter(cut, best))) best = cut;
    }
  }
  if (best === undefined) return undefined;
  const { tileWidth, tileHeight, levels } = best;
  const tiles: Tile[] = [];
  for (let y = 0; y < height; y += tileHeight) {
    for (let x = 0; x < width; x += tileWidth) {
      tiles.push({ x, y, width: Math.min(tileWidth, width - x), height: Math.min(tileHeight, height - y) });
    }
  }
  return { tileWidth, tileHeight, levels, tiles };
}

interface Cut {
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly levels: number;
  readonly count: number;
}

function cutInto(width: number, height: number, tileWidth: number, tileHeight: number): Cut | undefined {
  if (Math.min(tileWidth, width) * Math.min(tileHeight, height) > maxTilePixels) return undefined;
  const count = Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight);
  if (count > maxTiles) return undefined;
  const shortest = Math.min(shortestPart(width, tileWidth), shortestPart(height, tileHeight));
  return { tileWidth, tileHeight, levels: Math.min(maxLevels, Math.floor(Math.log2(shortest))), count };
}

/** Most levels first, then fewest tiles, then the squarest. */
function isBetter(a: Cut, b: Cut): boolean {
  if (a.levels !== b.levels) return a.levels > b.levels;
  if (a.count !== b.count) return a.count < b.count;
  return a.tileWidth + a.tileHeight < b.tileWidth + b.tileHeight;
}

/** Tile sides worth trying; the first that reaches over the whole length is the last. */
function* sidesFor(length: number): Generator<number> {
  for (let log2 = shortestTileSideLog2; log2 <= longestTileSideLog2; log2++) {
    yield 2 ** log2;
    if (2 ** log2 >= length) return;
  }
}

/** The last part is what is left over; it is also the only one when the length is below a tile's. */
function shortestPart(length: number, tileSide: number): number {
  return length % tileSide || tileSide;
}
