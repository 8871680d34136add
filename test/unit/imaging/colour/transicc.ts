/** LittleCMS's own calculator (Debian: liblcms2-utils), which computes in floating point. */
import { spawnSync } from "node:child_process";

const tool = "transicc";

export const hasTransicc = spawnSync(tool, [], { stdio: "ignore", input: "" }).error === undefined;

const rangeOf = { cmyk: 100, rgb: 255, gray: 255 } as const;
const channelsOf = { cmyk: 4, rgb: 3, gray: 1 } as const;

/**
 * What LittleCMS makes of 8-bit samples: sRGB, 0 to 255, not rounded, three numbers for each colour. Relative
 * colorimetric with black point compensation.
 */
export function convertWithTransicc(
  samples: Uint8Array,
  space: "cmyk" | "rgb" | "gray",
  profilePath: string,
): readonly number[] {
  const lines: string[] = [];
  const channels = channelsOf[space];
  for (let at = 0; at < samples.length; at += channels)
    lines.push(Array.from(samples.subarray(at, at + channels), (value) => (value / 255) * rangeOf[space]).join(" "));
  const { stdout, status } = spawnSync(tool, ["-i", profilePath, "-o", "*sRGB", "-t", "1", "-b", "-n", "-s"], {
    input: `${lines.join("\n")}\n`,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const numbers = stdout
    .split("\n")
    .filter((line) => /^-?\d/.test(line))
    .flatMap((line) => line.trim().split(/\s+/).map(Number));
  if (status !== 0 || numbers.length !== lines.length * 3) throw new Error(`transicc gave ${numbers.length} numbers`);
  return numbers;
}
