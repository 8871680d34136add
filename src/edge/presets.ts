import { fits, type Rendering, type UnsharpMask } from "../imaging/model/rendering.ts";

/** A named rendering that is done here, for origins that only store files. */
export interface Preset {
  readonly name: string;
  readonly rendering: Rendering;
}

export type Presets = ReadonlyMap<string, Preset>;

/** For people: shown where the setting is documented, and where its value is wrong. */
export const presetsAllowed =
  "JSON: an object of names with `width` and `height` (1 to 8192; one may be left out), `fit` (`contain`, `cover` or `fill`), `quality` (1 to 100) and `unsharp` (`[amount, radius, threshold]`: 0 to 5, 0.1 to 20, 0 to 255)";

const longestSide = 8192;

/** Of the JPEG scale: what image services take where nothing is said. */
const usualQuality = 85;

const namePattern = /^[\w.-]{1,64}$/;

/** The presets of a JSON text; undefined where any of it is not allowed, so that a misspelt member is noticed. */
export function parsePresets(text: string): Presets | undefined {
  if (text === "") return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const presets = new Map<string, Preset>();
  for (const [name, members] of Object.entries(value)) {
    const rendering = namePattern.test(name) && isObject(members) ? readRendering(members) : undefined;
    if (rendering === undefined) return undefined;
    presets.set(name, { name, rendering });
  }
  return presets;
}

function readRendering(members: Readonly<Record<string, unknown>>): Rendering | undefined {
  const { width, height, fit = "contain", quality = usualQuality, unsharp, ...others } = members;
  const sharpen = unsharp === undefined ? undefined : readUnsharp(unsharp);
  const known = fits.find((each) => each === fit);
  const isSound =
    Object.keys(others).length === 0 &&
    (width !== undefined || height !== undefined) &&
    [width, height].every((side) => side === undefined || isWithin(side, 1, longestSide)) &&
    isWithin(quality, 1, 100) &&
    (unsharp === undefined) === (sharpen === undefined);
  if (!isSound || known === undefined) return undefined;
  return { width: sideOf(width), height: sideOf(height), fit: known, quality: Math.round(quality), sharpen };
}

function sideOf(side: unknown): number | undefined {
  return typeof side === "number" ? Math.round(side) : undefined;
}

function readUnsharp(value: unknown): UnsharpMask | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [amount, radius, threshold] = value as readonly unknown[];
  const isSound = isWithin(amount, 0, 5) && isWithin(radius, 0.1, 20) && isWithin(threshold, 0, 255);
  return isSound ? { amount, radius, threshold } : undefined;
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a URL asks for: a preset, or one whose name nobody has defined. */
export type AskedPreset = Preset | "unknown";

/**
 * Takes presets out of a URL: `$name$` and `preset=name`, of which the last one counts. Undefined where it names none.
 * @param isOurs names that are not defined belong to this Worker as well, and not to an origin that may know them
 */
export function takePreset(
  url: URL,
  presets: Presets,
  isOurs: boolean,
): { readonly url: URL; readonly preset: AskedPreset } | undefined {
  if (presets.size === 0 || !/[?&](?:\$|%24|preset=)/.test(url.search)) return undefined;
  let preset: AskedPreset | undefined;
  const kept = url.search
    .slice(1)
    .split("&")
    .filter((parameter) => {
      const [, macro, value] = /^(?:(?:\$|%24)([^$=%]*)(?:\$|%24)=?|preset=(.*))$/.exec(parameter) ?? [];
      const name = macro ?? value;
      const named = name === undefined ? undefined : presets.get(name);
      if (name === undefined || (named === undefined && !isOurs)) return true;
      preset = named ?? "unknown";
      return false;
    });
  if (preset === undefined) return undefined;
  const without = new URL(url);
  without.search = kept.join("&");
  return { url: without, preset };
}

/** The rendering for a screen with so many device pixels per CSS pixel. */
export function renderingFor({ rendering }: Preset, pixelRatio: number): Rendering {
  const scale = (side: number | undefined) =>
    side === undefined ? undefined : Math.min(longestSide, Math.round(side * pixelRatio));
  return { ...rendering, width: scale(rendering.width), height: scale(rendering.height) };
}

/** All that a rendering is, for the cache key: another definition under the same name is another picture. */
export function renderingToken({ width, height, fit, quality, sharpen }: Rendering): string {
  const mask = sharpen === undefined ? "" : `u${sharpen.amount}_${sharpen.radius}_${sharpen.threshold}`;
  return `p${width ?? ""}x${height ?? ""}${fit}${quality}${mask}`;
}
