/** What the Worker would make of an image, by the Worker's own code in this process. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { NodeApplication } from "../../node/application.ts";
import { readMembers } from "../edge-imaging-field.ts";
import { readAnswer } from "../http.ts";
import { fieldsOf } from "../verify/observe.ts";
import { auditedClasses } from "./classes.ts";

/** What one class of clients would get. */
export interface ClassResult {
  readonly name: string;
  readonly format: string;
  readonly bytes: number;
  readonly reason: string;
  /** From the first request for the picture, by whatever class, until this class has its final file. */
  readonly milliseconds: number;
  readonly file: Uint8Array;
}

export interface Audited {
  readonly url: string;
  readonly source: { readonly format: string; readonly bytes: number };
  readonly classes: readonly ClassResult[];
  /** What the newest clients would get, for a thumbnail. */
  readonly sample: Uint8Array;
}

const retryMs = 50;

/** @returns a text, where the image could not be had */
export async function measure(url: string, application: NodeApplication): Promise<Audited | string> {
  const classes: ClassResult[] = [];
  let source: Audited["source"] | undefined;
  let sample: Uint8Array | undefined;
  const began = performance.now();
  for (const { name, client } of auditedClasses) {
    const answer = await settle(url, fieldsOf(client), application);
    if (answer.status !== 200) return `status ${answer.status}${whyOf(answer)}`;
    const { headers, body } = answer;
    const members = readMembers(headers);
    const format = members.get("format") ?? headers.get("content-type") ?? "unknown";
    if (members.size === 0 || members.get("reason") === "not-an-image") return "no image";
    const reason = members.get("reason") ?? "";
    classes.push({ name, format, bytes: body.length, reason, milliseconds: performance.now() - began, file: body });
    source ??= { format: members.get("source") ?? format, bytes: Number(members.get("from") ?? body.length) };
    if (sample === undefined || format === "jpeg" || format === "png") sample = body;
    // What passes is the same for all, and is not kept: it is not asked for again.
    if (!members.has("to") && members.get("reason") !== "interim") {
      const rest = auditedClasses.slice(classes.length).map((other) => ({ ...classes[0], name: other.name }));
      classes.push(...(rest as ClassResult[]));
      break;
    }
  }
  return source === undefined || sample === undefined ? "no image" : { url, source, classes, sample };
}

/** What the application says itself of a failure (RFC 9457); nothing where the origin has answered. */
function whyOf({ headers, body }: Settled): string {
  if (headers.get("content-type") !== "application/problem+json") return "";
  const { detail } = JSON.parse(new TextDecoder().decode(body)) as { readonly detail: string };
  return `: ${detail}`;
}

interface Settled {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

async function settle(
  url: string,
  headers: Readonly<Record<string, string>>,
  application: NodeApplication,
): Promise<Settled> {
  for (let digest = ""; ;) {
    const response = await application.fetch(new Request(url, { headers }));
    const body = await readAnswer(response);
    await application.settled();
    if (readMembers(response.headers).get("reason") !== "interim") {
      return { status: response.status, headers: response.headers, body };
    }
    // All work is done; an answer that is interim twice will not become better by waiting.
    const now = createHash("sha256").update(body).digest("hex");
    if (now === digest) return { status: response.status, headers: response.headers, body };
    digest = now;
    await pause(retryMs);
  }
}
