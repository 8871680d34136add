/** What keeps a deployment from what it could do, found from outside. */
import type { Command } from "commander";
import colours from "picocolors";
import { findClient } from "./clients.ts";
import { readMembers } from "./edge-imaging-field.ts";
import { exitCodes } from "./exit-codes.ts";
import { type Answer, ask, readUrl } from "./http.ts";
import { fieldsOf } from "./verify/observe.ts";
import { printText, printJson } from "./print.ts";

/** What was found; `advice` does not count as a fault. */
export interface Finding {
  readonly kind: "right" | "advice" | "fault";
  readonly about: string;
  readonly message: string;
}

/** Below this lifetime, what is saved is encoded again and again. */
const advisedLifetime = 86_400;

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("looks for what keeps a deployment from doing its work")
    .argument("<url>", "of an image that the Worker answers for, a JPEG where there is one")
    .option("--json", "the findings as JSON")
    .action(doctor);
}

async function doctor(text: string, options: { readonly json?: boolean }): Promise<void> {
  const url = readUrl(text);
  const modern = fieldsOf(findClient("Edge 157"));
  const first = await ask(url.href, { headers: modern });
  const health = await ask(`${url.origin}/_imaging/health`).catch(() => undefined);
  const findings = [judgeHealth(health), ...judgeAnswer(first), judgeCacheInFront(first)];
  // Where there is no picture, there is nothing to compare.
  if (first.status === 200) {
    findings.push(
      judgeCors(await ask(url.href, { headers: { ...modern, origin: "https://elsewhere.example" } })),
      judgeCookie(await ask(url.href, { headers: { ...modern, cookie: "doctor=1" } })),
    );
  }
  if (options.json === true) printJson(findings, 2);
  else for (const { kind, about, message } of findings) printText(`${mark[kind]} ${about}: ${message}`);
  if (findings.some(({ kind }) => kind === "fault")) process.exitCode = exitCodes.faults;
}

const mark = {
  right: colours.green("right "),
  advice: colours.yellow("advice"),
  fault: colours.red("fault "),
} as const;

/** @internal exported for tests */
export function judgeHealth(answer: Answer | undefined): Finding {
  const about = "settings";
  if (answer?.status !== 200) {
    const message = "/_imaging/health does not answer: is the Worker on this route?";
    return { kind: "fault", about, message };
  }
  const health = JSON.parse(new TextDecoder().decode(answer.body)) as {
    readonly status: string;
    readonly problems?: readonly { readonly message: string }[];
  };
  if (health.status === "ok") return { kind: "right", about, message: "all are understood" };
  const messages = (health.problems ?? []).map(({ message }) => message);
  return { kind: "fault", about, message: `everything passes through: ${messages.join(" ")}` };
}

/** @internal exported for tests */
export function judgeAnswer({ status, headers }: Pick<Answer, "status" | "headers">): readonly Finding[] {
  const members = readMembers(headers);
  const reason = members.get("reason");
  if (status === 508) return [{ kind: "fault", about: "answer", message: "ORIGIN leads back to the Worker (508)" }];
  if (status !== 200) {
    const message = reason === "origin-error" ? `the origin answers with status ${status}` : `status ${status}`;
    return [{ kind: "fault", about: "answer", message: `${message}; name a URL that shows a picture` }];
  }
  if (reason === undefined) {
    const message = "no Edge-Imaging: the Worker did not answer this URL, or a proxy removes the field";
    return [{ kind: "fault", about: "answer", message }];
  }
  return [judgeReason(reason), judgeLifetime(headers, reason)];
}

/** Reasons that an operator can do something about. */
const remedies: Readonly<Record<string, string>> = {
  bypass:
    "a setting is not understood (see above), MODE is off, too many encodes failed, or the URL has no valid signature",
  "not-cacheable":
    "the origin forbids shared caches to keep it: Cache-Control with private or no-store, Set-Cookie, or a Vary that cannot be satisfied",
  "ttl-too-short": "the origin's Cache-Control keeps it for less than MIN_TTL_SECONDS; a day is good",
  "opted-out": "the origin says no-transform, or the URL says imaging=off",
  rollout: "the URL is outside ROLLOUT_PERCENT",
  "too-large": "the picture is larger than one job may take: let the origin render it smaller",
  "encode-failed": "see the Worker's log",
  "origin-error": "the origin fails",
};

function judgeReason(reason: string): Finding {
  const remedy = remedies[reason];
  if (remedy === undefined) return { kind: "right", about: "answer", message: `reason is ${reason}` };
  return { kind: "advice", about: "answer", message: `reason is ${reason}: ${remedy}` };
}

function judgeLifetime(headers: Headers, reason: string): Finding {
  const about = "lifetime";
  const seconds = Number(/max-age=(\d+)/.exec(headers.get("cache-control") ?? "")?.[1] ?? 0);
  if (reason === "interim") return { kind: "right", about, message: "not judged: the answer is still interim" };
  if (seconds >= advisedLifetime) return { kind: "right", about, message: `${seconds} seconds` };
  return {
    kind: "advice",
    about,
    message: `${seconds} seconds; a day or more at the origin saves encodes and requests`,
  };
}

/** @internal exported for tests */
export function judgeCacheInFront({ headers }: Pick<Answer, "headers">): Finding {
  const about = "cache in front";
  const other = headers.get("cf-cache-status") ?? headers.get("x-cache");
  const isHit = other !== null && /hit/i.test(other);
  if (!isHit) return { kind: "right", about, message: "none is seen" };
  const message = `it answered (${other}); it has to keep variants apart by Accept, which most do not: run verify`;
  return { kind: "advice", about, message };
}

function judgeCors({ headers }: Answer): Finding {
  const about = "CORS";
  const allowed = headers.get("access-control-allow-origin");
  if (allowed === null || allowed === "*")
    return { kind: "right", about, message: "answers are the same for all sites" };
  const message = `the origin allows ${allowed} by name: each site has answers of its own in the cache`;
  return { kind: "advice", about, message };
}

function judgeCookie({ headers, status }: Answer): Finding {
  const about = "cookies";
  const reason = readMembers(headers).get("reason");
  if (status === 200 && reason !== "not-cacheable")
    return { kind: "right", about, message: "pictures are the same with one" };
  const message = "with a cookie the picture is somebody's own; let the image domain have no cookies";
  return { kind: "advice", about, message };
}
