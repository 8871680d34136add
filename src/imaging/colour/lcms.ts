import lcmsModule from "lcms-wasm/dist/lcms.wasm";
import { type ProfileSpace, readProfileHeader } from "./icc-header.ts";
import { ImagingError } from "../model/error.ts";
import { type LcmsExports, startLcms } from "./lcms-wasm.ts";
import { WasmInstance } from "../wasm/wasm-instance.ts";

/** Converts samples of another colour space to sRGB. */
export interface ColourConverter {
  /**
   * Converts pixels of 4 bytes to sRGB RGBA, in place. `rgb` and `gray` samples come as RGBA (gray in red) and keep their
   * alpha; `cmyk` samples are C, M, Y, K with 0 = no ink and become opaque. Relative colorimetric with black point
   * compensation. A picture may be given in strips: the transform made for a profile is kept for the next call.
   *
   * @throws ImagingError about `icc` when the profile cannot be used for such samples; they may then be half done
   */
  convertToSrgb(samples: Uint8ClampedArray | Uint8Array, space: ProfileSpace, profile: Uint8Array): Promise<void>;
  /** Bytes of WASM memory held by the live instance. */
  liveBytes(): number;
  drop(): void;
}

/** The rest of an instance is a stack of 15 MB; a transform from CMYK has a table of 0.5 MB. */
const idleCeilingBytes = 24_000_000;

/** Sites have a few profiles; each kept transform takes up to a few megabytes while it lives. */
const maxTransforms = 4;

/** Fits the cache of the processor, and bounds what the strip takes in WASM memory to 256 KB. */
const stripPixels = 65_536;

/** ICC rendering intent and LittleCMS flag (lcms2.h). */
const relativeColorimetric = 1;
const blackPointCompensation = 0x2000;

/** LittleCMS's pixel formats (lcms2.h): colour space << 16, other bytes of the pixel << 7, channels << 3, bytes. */
const rgba8 = (4 << 16) | (1 << 7) | (3 << 3) | 1;
const formatOf = {
  gray: (3 << 16) | (3 << 7) | (1 << 3) | 1,
  rgb: rgba8,
  cmyk: (6 << 16) | (4 << 3) | 1,
} as const satisfies Record<ProfileSpace, number>;

interface Lcms {
  readonly exports: LcmsExports;
  /** Handles by profile and space; the least recently used is first. */
  readonly transforms: Map<string, number>;
  readonly strip: number;
}

type NameProfile = (profile: Uint8Array<ArrayBuffer>) => Promise<string>;

/** Each time another name, so that no transform is used twice. */
function nameAnew(): NameProfile {
  let names = 0;
  return async () => String(names++);
}

/**
 * ICC profiles applied with LittleCMS. Nothing is started before the first call.
 * @param digest a name that different profiles never share: one must not be able to pass for another
 */
export function createColourConverter(digest: NameProfile = nameAnew()): ColourConverter {
  const wasm = new WasmInstance<Lcms>("icc", idleCeilingBytes, async () => {
    const { api, memory } = startLcms(lcmsModule);
    return { api: { exports: api, transforms: new Map(), strip: allocate(api, stripPixels * 4) }, memory };
  });
  return {
    convertToSrgb: async (samples, space, profile) => {
      const described = readProfileHeader(profile)?.space ?? "no picture";
      if (described !== space) throw refusal(`${space} samples with a profile for ${described}`);
      const key = `${space} ${await digest(profile.slice())}`;
      await wasm.run("damaged", (lcms, memory) => {
        const transform = findTransform(lcms, key) ?? addTransform(lcms, key, memory, profile, space);
        for (let at = 0; at < samples.length; at += stripPixels * 4) {
          const strip = samples.subarray(at, at + stripPixels * 4);
          const inMemory = new Uint8Array(memory.buffer, lcms.strip, strip.length);
          inMemory.set(strip);
          lcms.exports.cmsDoTransform(transform, lcms.strip, lcms.strip, strip.length >> 2);
          if (space === "cmyk") makeOpaque(inMemory);
          strip.set(inMemory);
        }
      });
    },
    liveBytes: () => wasm.liveBytes,
    drop: () => wasm.drop(),
  };
}

function findTransform({ transforms }: Lcms, key: string): number | undefined {
  const transform = transforms.get(key);
  if (transform === undefined) return undefined;
  transforms.delete(key);
  transforms.set(key, transform);
  return transform;
}

function addTransform(
  { exports: lcms, transforms }: Lcms,
  key: string,
  memory: WebAssembly.Memory,
  profile: Uint8Array,
  space: ProfileSpace,
): number {
  for (const [oldest, transform] of transforms) {
    if (transforms.size < maxTransforms) break;
    lcms.cmsDeleteTransform(transform);
    transforms.delete(oldest);
  }
  const address = allocate(lcms, profile.length);
  new Uint8Array(memory.buffer).set(profile, address);
  // LittleCMS takes a copy of the profile.
  const from = lcms.cmsOpenProfileFromMem(address, profile.length);
  lcms.free(address);
  if (from === 0) throw refusal("the profile cannot be opened");
  const to = lcms.cmsCreate_sRGBProfile();
  const transform = lcms.cmsCreateTransform(
    from,
    formatOf[space],
    to,
    rgba8,
    relativeColorimetric,
    blackPointCompensation,
  );
  lcms.cmsCloseProfile(from);
  lcms.cmsCloseProfile(to);
  if (transform === 0) throw refusal("the profile leads to no colour");
  transforms.set(key, transform);
  return transform;
}

/** LittleCMS does not write the fourth byte, which held K. */
function makeOpaque(rgba: Uint8Array): void {
  for (let at = 3; at < rgba.length; at += 4) rgba[at] = 255;
}

function allocate(lcms: LcmsExports, bytes: number): number {
  const address = lcms.malloc(bytes);
  if (address === 0) throw new Error(`no room for ${bytes} bytes`);
  return address;
}

function refusal(detail: string): ImagingError {
  return new ImagingError("unsupported", "icc", detail);
}
