/** What is demanded of packages. Pure: what is installed and recorded is read by `check-supply-chain.ts`. */

/** A package of a lock file (npm, lockfileVersion 3). */
export interface LockedPackage {
  readonly name?: string;
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

/** By its place below the project, e.g. `node_modules/sharp`. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** Licences of what a deployed Worker contains: each lets it be used, changed and passed on for a notice. */
const shippedLicences = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Zlib"];

/** Of what only builds and tests: it is not passed on, so a copyleft that begins there may be. Data has licences of its own. */
const toolLicences = [...shippedLicences, "CC-BY-4.0", "CC0-1.0", "LGPL-3.0-or-later", "MPL-2.0"];

/** Whether an SPDX expression of names, AND and OR can be kept with these licences alone. */
export function isAllowed(expression: string | undefined, allowed: readonly string[]): boolean {
  if (expression === undefined) return false;
  const plain = expression.replaceAll(/[()]/g, " ").trim();
  // The two mixed would need a grammar, and no package here has that.
  if (/\sAND\s/.test(plain) && /\sOR\s/.test(plain)) return false;
  const isKept = (name: string): boolean => allowed.includes(name.trim());
  return /\sOR\s/.test(plain) ? plain.split(/\sOR\s/).some(isKept) : plain.split(/\sAND\s/).every(isKept);
}

/** The name under which a registry has it: an alias is in another's place. */
export function nameOf(place: string, { name }: LockedPackage): string {
  return name ?? place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** Whether a deployed Worker may contain it: what is no tool, and no Node.js of the development machine. */
export function isShipped({ dev, optional }: LockedPackage): boolean {
  return dev !== true && optional !== true;
}

export function judgeLicences(packages: LockedPackages): readonly string[] {
  return Object.entries(packages).flatMap(([place, locked]) => {
    const allowed = isShipped(locked) ? shippedLicences : toolLicences;
    const role = isShipped(locked) ? "in the Worker" : "among the tools";
    if (isAllowed(locked.license, allowed)) return [];
    return [
      `${nameOf(place, locked)} ${locked.version} has the licence ${locked.license ?? "none"}, which is not allowed ${role}`,
    ];
  });
}

/** Each package is pinned by a digest that its registry cannot change. */
export function judgeIntegrity(packages: LockedPackages): readonly string[] {
  return Object.entries(packages)
    .filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))
    .map(([place, locked]) => `${nameOf(place, locked)} ${locked.version} has no SHA-512 in the lock file`);
}

/** @param known names in `allowScripts`, whether they may run or not */
export function judgeInstallScripts(packages: LockedPackages, known: readonly string[]): readonly string[] {
  return Object.entries(packages)
    .filter(([place, locked]) => locked.hasInstallScript === true && !known.includes(nameOf(place, locked)))
    .map(
      ([place, locked]) =>
        `${nameOf(place, locked)} ${locked.version} has an install script that allowScripts does not name`,
    );
}

/**
 * NOTICE names what a deployed Worker contains, with its version, and nothing of another version.
 * @param empty packages that hold no code
 */
export function judgeNotice(notice: string, packages: LockedPackages, empty: readonly string[]): readonly string[] {
  return Object.entries(packages)
    .filter(([place, locked]) => isShipped(locked) && !empty.includes(nameOf(place, locked)))
    .filter(([place, locked]) => !notice.includes(`${nameOf(place, locked)} ${locked.version}`))
    .map(([place, locked]) => `NOTICE does not name ${nameOf(place, locked)} ${locked.version}`);
}

/** Digests by path, as recorded and as they are; a file that is not there has none. */
export function judgeHashes(
  recorded: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const unknown = Object.keys(found).filter((path) => !(path in recorded));
  return [
    ...Object.entries(recorded)
      .filter(([path, hash]) => found[path] !== hash)
      .map(([path]) => (found[path] === undefined ? `${path} is missing` : `${path} is not the recorded one`)),
    ...unknown.map((path) => `${path} is not recorded`),
  ];
}

/** Licences and how many packages have each, the most frequent first. */
export function countLicences(packages: LockedPackages, shipped: boolean): string {
  const counts = new Map<string, number>();
  for (const locked of Object.values(packages)) {
    if (isShipped(locked) !== shipped) continue;
    const licence = locked.license ?? "none";
    counts.set(licence, (counts.get(licence) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([licence, count]) => `${count} ${licence}`).join(", ");
}
