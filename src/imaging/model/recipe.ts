import type { FormatId } from "./formats.ts";
import { type EncodedFormat, type EncodeSettings, isLosslessEncode, type PngEffort } from "./settings.ts";

/** How a file is made of an opened image. */
export type Recipe =
  /** Of its pixels. */
  | {
      readonly kind: "encode";
      readonly settings: EncodeSettings;
      /** Where they differ: for graphics (text, user interfaces, line art), which the pixels show. */
      readonly forGraphics?: EncodeSettings;
      /** Made only of pictures of this kind, which the pixels show. */
      readonly only?: "photograph" | "graphics";
    }
  /** Of the coefficients of a JPEG, all of which are kept. */
  | {
      readonly kind: "recompress";
      readonly format: "jxl";
      readonly exact: true;
      /** Samples within 0.3 levels of an unrounded decode of the JPEG, at the cost of some bytes (see `JxlOptions`). */
      readonly unbiased: boolean;
    }
  | { readonly kind: "recompress"; readonly format: "jpeg"; readonly exact: true }
  /** Of the coefficients of a JPEG, quantised again as coarsely as the picture allows. */
  | {
      readonly kind: "recompress";
      readonly format: "jxl" | "jpeg";
      readonly exact: false;
      /** SSIMULACRA 2 against the decoded source that the file is to have, below 100; higher where a bound is reached. */
      readonly targetScore: number;
    }
  /** Of the rows of a JPEG or PNG, of which few are held at a time; not turned. */
  | {
      readonly kind: "stream";
      readonly format: "webp";
      /** 0–100, on a scale near libwebp's. */
      readonly quality: number;
    }
  /** Of the rows of a PNG, of which few are held at a time: every sample. */
  | { readonly kind: "stream"; readonly format: "jxl" }
  /** Of a PNG, whose pixels stay as they are. */
  | { readonly kind: "optimise"; readonly format: "png"; readonly effort: PngEffort }
  /** Of every frame of a GIF, without loss. */
  | { readonly kind: "animate"; readonly format: "webp" };

export type EncodeRecipe = Extract<Recipe, { readonly kind: "encode" }>;
export type RecompressRecipe = Extract<Recipe, { readonly kind: "recompress" }>;

type FormatOf<Kind extends Recipe["kind"]> = Kind extends "encode"
  ? EncodedFormat
  : Extract<Recipe, { readonly kind: Kind; readonly format: unknown }>["format"];

/** Every format that each kind of recipe makes. */
const made: { readonly [Kind in Recipe["kind"]]: Readonly<Record<FormatOf<Kind>, true>> } = {
  encode: { avif: true, webp: true, jp2: true, jxr: true, jpeg: true, png: true },
  recompress: { jxl: true, jpeg: true },
  stream: { webp: true, jxl: true },
  optimise: { png: true },
  animate: { webp: true },
};

/** Whether a recipe of another program, or of another version of this one, is of a kind and a format that are known here. */
export function isKnownRecipe(recipe: Recipe): boolean {
  const { kind } = recipe;
  if (!Object.hasOwn(made, kind)) return false;
  const formats = kind === "encode" ? [recipe.settings, recipe.forGraphics ?? recipe.settings] : [recipe];
  return formats.every(({ format }) => Object.hasOwn(made[kind], format));
}

/** The format of the file that a recipe makes. */
export function formatOf(recipe: Recipe): FormatId {
  return recipe.kind === "encode" ? recipe.settings.format : recipe.format;
}

/** Whether nothing of the picture is lost, as far as its decoder shows it. */
export function isLossless(recipe: Recipe): boolean {
  if (recipe.kind === "encode") return isLosslessEncode(recipe.settings);
  return recipe.kind === "recompress" ? recipe.exact : recipe.kind !== "stream" || recipe.format === "jxl";
}

/** Whether the work is done in steps, between which other requests are answered. */
export function isSliced({ kind }: Recipe): boolean {
  return kind === "recompress" || kind === "stream";
}
