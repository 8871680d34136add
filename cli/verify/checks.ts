/** What has to be true of a picture that many clients get under one URL. */
import { formatOfMediaType } from "../../src/imaging/model/formats.ts";
import type { Observation } from "./observe.ts";

export interface Fault {
  readonly check: string;
  /** Names of the clients concerned. */
  readonly clients: readonly string[];
  readonly message: string;
}

/** What was found for one URL. */
export interface Verified {
  readonly url: string;
  readonly observations: readonly Observation[];
  readonly faults: readonly Fault[];
}

interface Check {
  readonly name: string;
  /** A message for each client's answer that is wrong; undefined where it is right. */
  readonly judge: (seen: Observation, all: readonly Observation[]) => string | undefined;
}

/** Judged one answer at a time, beside all others. */
const checks: readonly Check[] = [
  {
    name: "status",
    judge: ({ answer: { status } }) => (status === 200 ? undefined : `answered with status ${status}`),
  },
  {
    name: "bytes",
    judge: ({ facts, answer: { body } }) => {
      if (body.length === 0) return "the body is empty";
      return facts === undefined ? "the bytes are no image" : undefined;
    },
  },
  {
    name: "type",
    judge: ({ facts, answer: { headers } }) => {
      const type = headers.get("content-type") ?? "none";
      if (facts === undefined || formatOfMediaType(type) === facts.format) return undefined;
      return `Content-Type is ${type}, the bytes are ${facts.format}`;
    },
  },
  {
    name: "shown",
    judge: ({ facts, client }) =>
      facts === undefined || isShown(facts.format, client.shows)
        ? undefined
        : `gets ${facts.format}, which it cannot show`,
  },
  {
    name: "length",
    judge: ({ answer: { headers, body } }) => {
      const stated = headers.get("content-length");
      const isCoded = headers.has("content-encoding");
      return stated === null || isCoded || Number(stated) === body.length
        ? undefined
        : `Content-Length is ${stated}, the body has ${body.length} bytes`;
    },
  },
  {
    name: "vary",
    judge: (seen, all) => {
      const isNegotiated = all.some(({ digest }) => digest !== seen.digest);
      const vary = seen.answer.headers.get("vary") ?? "";
      if (!isNegotiated || vary === "*" || /(?:^|,)\s*accept\s*(?:,|$)/i.test(vary)) return undefined;
      return `clients get different files, but Vary (${vary === "" ? "none" : vary}) does not name Accept`;
    },
  },
  {
    name: "vary",
    judge: (seen, all) => {
      const twin = all.find((other) => other.client.accept === seen.client.accept && other.digest !== seen.digest);
      const vary = seen.answer.headers.get("vary") ?? "";
      if (twin === undefined || vary === "*" || /user-agent/i.test(vary)) return undefined;
      return `gets another file than ${twin.client.name}, which sends the same Accept; Vary does not name User-Agent`;
    },
  },
  {
    name: "etag",
    judge: (seen, all) => {
      const tag = seen.answer.headers.get("etag");
      if (tag === null) return "has no ETag";
      const twin = all.find((other) => other.answer.headers.get("etag") === tag && other.digest !== seen.digest);
      return twin === undefined ? undefined : `has the ETag of another file, that of ${twin.client.name}`;
    },
  },
  {
    name: "size",
    judge: (seen, all) => {
      const [first] = all;
      if (seen.facts === undefined || first?.facts === undefined) return undefined;
      const [own, common] = [uprightSize(seen), uprightSize(first)];
      return own === undefined || common === undefined || own === common
        ? undefined
        : `is ${own}, that of ${first.client.name} is ${common}`;
    },
  },
  {
    name: "final",
    judge: ({ said }) => (said.pending ? "is still interim: ask again with a longer --wait" : undefined),
  },
];

/** Formats that every client with pictures shows; what only passes through is not the Worker's to judge. */
const passed: readonly string[] = ["svg", "bmp", "ico", "tiff", "heic"];

function isShown(format: string, shows: readonly string[]): boolean {
  return shows.includes(format) || passed.includes(format);
}

/** Width and height as they are seen: an EXIF orientation of 5 to 8 exchanges them. */
function uprightSize({ facts }: Observation): string | undefined {
  if (facts?.width === undefined || facts.height === undefined) return undefined;
  const turned = "orientation" in facts && typeof facts.orientation === "number" && facts.orientation >= 5;
  return turned ? `${facts.height} × ${facts.width}` : `${facts.width} × ${facts.height}`;
}

/** Faults of all answers; the same one of several clients is said once. */
export function judgeAnswers(all: readonly Observation[]): readonly Fault[] {
  return mergeFaults(
    checks.flatMap(({ name, judge }) =>
      all.flatMap((seen) => {
        const message = judge(seen, all);
        return message === undefined ? [] : [{ check: name, clients: [seen.client.name], message }];
      }),
    ),
  );
}

/** One fault for each message. */
export function mergeFaults(faults: readonly Fault[]): readonly Fault[] {
  const byMessage = new Map<string, Fault>();
  for (const fault of faults) {
    const name = `${fault.check} ${fault.message}`;
    const before = byMessage.get(name);
    byMessage.set(name, { ...fault, clients: [...(before?.clients ?? []), ...fault.clients] });
  }
  return [...byMessage.values()];
}

/** A few names, and how many more. */
export function nameSome(names: readonly string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(", ")} and ${more} more` : names.join(", ");
}
