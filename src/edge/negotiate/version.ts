/** Numbers of a dotted version, the first being the most significant; missing ones are 0. */
export type Version = readonly number[];

/** Numbers of a dotted version, e.g. `16.4`; not for untrusted text. */
export function parseVersion(text: string): Version {
  return text.split(".").map(Number);
}

/** Below, at or above 0 as the first version is older than, equal to or newer than the second. */
export function compareVersions(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
