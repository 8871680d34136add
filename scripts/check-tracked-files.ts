/**
 * What is committed must work on every machine and reveal nothing about this one: no package registry (npm takes the
 * configured one), no absolute path of a machine, in any file, pictures included.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { projectRoot, runTool } from "./run-tool.ts";

interface ForbiddenText {
  readonly name: string;
  readonly pattern: RegExp;
  /** Only in this file; in every file when undefined. */
  readonly file?: string;
}

// The patterns are put together from parts so that this file does not match itself.
const homeFolders = ["work", "root", "home", "Users", "tmp", "builds"].join("|");
const registries = ["npmjs\\.(org|com)", "yarnpkg\\.com", "npmmirror\\.com", "[a-z0-9-]+\\.jfrog\\.io"].join("|");

const forbidden: readonly ForbiddenText[] = [
  { name: "a resolved URL", pattern: /"resolved"/, file: "package-lock.json" },
  { name: "a package registry", pattern: new RegExp(`\\bregistry\\.(${registries})|/artifactory/[\\w-]+`) },
  // A path begins after white space, a quote or a bracket; after a host or a dot it is a URL or a relative path.
  { name: "a path of a machine", pattern: new RegExp(`(^|[\\s"'\`(=,])(file://)?/(${homeFolders})/[\\w.@-]`) },
  { name: "a path of a machine", pattern: /\b[A-Z]:\\\\?Users\\/ },
  ...thisMachine(),
];

/** The places and the registry of the machine that runs the check, where they are distinctive enough to search for. */
function thisMachine(): ForbiddenText[] {
  const registry = runTool("npm", ["config", "get", "registry"]).output.split("\n")[0] ?? "";
  const host = URL.canParse(registry) ? new URL(registry).host : "";
  return [projectRoot, homedir(), host]
    .filter((text) => text.length >= 8 && !/^(localhost|127\.|\[::1\])/.test(text))
    .map((text) => ({ name: "a place of this machine", pattern: new RegExp(text.replaceAll(/\W/g, "\\$&")) }));
}

function trackedFiles(): readonly string[] {
  // The checkout may belong to another user; Git then wants its folder declared safe.
  const { succeeded, output } = runTool("git", ["-c", "safe.directory=*", "ls-files", "-z"]);
  if (!succeeded) throw new Error(`the tracked files cannot be listed: ${output}`);
  return output.split("\0").filter((path) => path !== "" && existsSync(join(projectRoot, path)));
}

if (existsSync(join(projectRoot, ".git"))) {
  const files = trackedFiles();
  const found = files.flatMap((path) => {
    const text = readFileSync(join(projectRoot, path), "latin1");
    return forbidden
      .filter(({ pattern, file }) => (file === undefined || file === path) && pattern.test(text))
      .map(({ name, pattern }) => {
        const line = text.slice(0, text.search(pattern)).split("\n").length;
        return `${path}:${line}: ${name}`;
      });
  });
  for (const line of found) console.error(line);
  console.log(`${files.length} files read`);
  if (found.length > 0 || files.length === 0) process.exitCode = 1;
} else {
  console.log("not a Git checkout: nothing is tracked");
}
