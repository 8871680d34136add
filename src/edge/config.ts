import { bucketOf, type Env, isDevelopment } from "./env.ts";
import { nearestName } from "./near-name.ts";
import { type ParsedSettings, type SettingName, type SettingRow, settings } from "./settings.ts";

/** A variable whose value cannot be understood. */
export interface ConfigProblem {
  readonly name: string;
  /** For people: what is wrong, and what is allowed. */
  readonly message: string;
}

export interface Config extends ParsedSettings {
  readonly development: boolean;
  /** A hash of every setting that can change an answer; part of the cache key. */
  readonly fingerprint: string;
  /** Empty when every variable can be understood; else `MODE` is `off`, and everything passes through. */
  readonly problems: readonly ConfigProblem[];
}

/** Raised whenever stored answers of an older version of this program must not be used any more. */
const storeVersion = 4;

/** Variables that are no settings. */
const otherVariables = ["ENVIRONMENT"];

/**
 * Reads the settings out of the environment. Never throws: with a variable that cannot be understood everything passes
 * through, since a wrong setting must not take a site down.
 */
export function readConfig(env: Env): Config {
  const development = isDevelopment(env);
  const problems: ConfigProblem[] = [];
  const names = Object.keys(settings) as SettingName[];
  const texts = Object.fromEntries(names.map((name) => [name, textOf(name, env, development)]));
  const parsed = Object.fromEntries(names.map((name) => [name, readSetting(name, texts[name], problems)]));
  const config = parsed as unknown as ParsedSettings;
  if (config.ORIGIN.kind === "demo" && env.DEMO === undefined) {
    problems.push({ name: "ORIGIN", message: "ORIGIN is demo:, but this deployment carries no demo images." });
  }
  if (config.ORIGIN.kind === "r2" && bucketOf(env, config.ORIGIN.binding) === undefined) {
    const { binding } = config.ORIGIN;
    problems.push({
      name: "ORIGIN",
      message: `ORIGIN is the R2 bucket ${binding}, but no bucket is bound under that name.`,
    });
  }
  if (config.ORIGIN.kind === "s3" && (config.S3_ACCESS_KEY_ID === "" || config.S3_SECRET_ACCESS_KEY === "")) {
    const message = "ORIGIN is a private bucket, which needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.";
    problems.push({ name: "ORIGIN", message });
  }
  problems.push(...misspeltSettings(env));
  const relevant = names.filter((name) => settings[name].changesAnswers);
  const values = relevant.map((name) => `${name}=${texts[name] ?? ""}`);
  return {
    ...config,
    ...(problems.length === 0 ? {} : { MODE: "off" }),
    ...(problems.some(({ name }) => name === "ORIGIN") ? { ORIGIN: { kind: "route" } } : {}),
    development,
    fingerprint: `${storeVersion}-${hashText(values.join("\n")).toString(36)}`,
    problems,
  };
}

/** Variables may be numbers, booleans and lists (TOML has them); they count as their text. Null for what has none. */
function textOf(name: SettingName, env: Env, development: boolean): string | null | undefined {
  const value: unknown = env[name];
  if (isVariable(value)) return String(value);
  // A table, or a binding by the name of a setting, is nothing that a setting can be.
  if (value !== undefined) return null;
  return name === "ORIGIN" && development ? "demo:" : settings[name].default;
}

/** What is set as text, number, boolean or a list of these; bindings are other objects. */
function isVariable(value: unknown): value is string | number | boolean | readonly unknown[] {
  return ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value);
}

/** The value; the default, with a problem, where the text is not allowed. */
function readSetting(name: SettingName, text: string | null | undefined, problems: ConfigProblem[]): unknown {
  const setting: SettingRow<unknown> = settings[name];
  const value = typeof text === "string" ? setting.parse(text.trim()) : undefined;
  if (value !== undefined) return value;
  const shown = setting.isSecret === true ? "the text that it is given" : JSON.stringify(text);
  const given = text === null ? "a table or a binding" : shown;
  const wrong = text === undefined ? "is not set" : `cannot be ${given}`;
  problems.push({ name, message: `The variable ${name} ${wrong}. Allowed: ${setting.allowed}.` });
  return setting.default === undefined ? { kind: "route" } : setting.parse(setting.default);
}

/**
 * Variables that are most likely settings with a misspelt name, whose defaults would count. Others are none of ours: a
 * platform or an operator may set more than this program reads.
 */
function misspeltSettings(env: Env): ConfigProblem[] {
  const names = Object.keys(settings);
  return Object.entries(env).flatMap(([name, value]) => {
    if (!isVariable(value) || names.includes(name) || otherVariables.includes(name)) return [];
    const meant = nearestName(name, names);
    // Its value may be a secret that was given a wrong name.
    return meant === undefined ? [] : [{ name, message: `There is no variable ${name}. Is it meant to be ${meant}?` }];
  });
}

/** 32-bit FNV-1a over UTF-16 code units; spreads texts evenly, but anybody can make two that collide. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
