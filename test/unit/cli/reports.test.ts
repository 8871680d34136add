/** Reports quote what servers and files say: whatever that is, it stays text. */
import { Parser } from "htmlparser2";
import { describe, expect, it } from "vitest";
import type { Audited } from "../../../cli/audit/measure.ts";
import { renderAudit } from "../../../cli/audit/report.ts";
import { renderReport } from "../../../cli/verify/report.ts";
import type { Verified } from "../../../cli/verify/checks.ts";
import type { Observation } from "../../../cli/verify/observe.ts";

const payloads = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `'><svg/onload=alert(1)>`,
  `</td></table><iframe srcdoc="<script>alert(1)</script>">`,
  `--><script>alert(1)</script><!--`,
  `&lt;script&gt;alert(1)&lt;/script&gt;`,
  `" onmouseover="alert(1)`,
  `' autofocus onfocus='alert(1)`,
  `</style><script>alert(1)</script>`,
  `</title><script>alert(1)</script>`,
  `<meta http-equiv="refresh" content="0;url=https://evil.example/">`,
  `<base href="https://evil.example/">`,
  `\u2028<script>alert(1)</script>\u0000`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
];

interface Found {
  readonly tags: readonly string[];
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

function read(html: string): Found {
  const [tags, attributes, texts]: [string[], (readonly [string, string])[], string[]] = [[], [], []];
  const parser = new Parser({
    onopentag: (name, attribs) => {
      tags.push(name);
      attributes.push(...Object.entries(attribs));
    },
    ontext: (text) => void texts.push(text),
  });
  parser.end(html);
  return { tags, attributes, text: texts.join("") };
}

const allowedTags =
  "html head meta title style body h1 h2 p section table thead tbody tr th td meter ul li strong span a br img figure div figcaption".split(
    " ",
  );

function expectText(html: string, payload: string): void {
  const { tags, attributes, text } = read(html);
  expect(tags.filter((tag) => !allowedTags.includes(tag))).toEqual([]);
  expect(attributes.filter(([name]) => /^on|^srcdoc$|^style$|^action$/.test(name))).toEqual([]);
  const links = attributes.filter(([name]) => ["href", "src"].includes(name)).map(([, value]) => value);
  expect(links.filter((link) => !/^(?:https?:|data:image\/webp;base64,)/.test(link))).toEqual([]);
  const policies = attributes.filter(([name]) => name === "http-equiv").map(([, value]) => value);
  expect(policies).toEqual(["content-security-policy"]);
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
  expect(text).toContain(payload);
}

function auditedWith(text: string): Audited {
  const url = `https://images.example/${encodeURIComponent(text)}?${text}`;
  const result = { name: text, format: text, bytes: 1, reason: text, milliseconds: 1, file: new Uint8Array() };
  return { url, source: { format: text, bytes: 2 }, classes: [result], sample: new Uint8Array() };
}

function verifiedWith(text: string): Verified {
  const observation: Observation = {
    client: { name: text, ua: text, accept: text, shows: [] },
    answer: { status: 200, headers: new Headers(), body: new Uint8Array(3) },
    facts: undefined,
    digest: text,
    said: { reason: text, from: 1, pending: false, isHit: false },
  };
  const fault = { check: text, clients: [text], message: text };
  return { url: `https://images.example/${text}`, observations: [observation], faults: [fault] };
}

describe.each(payloads)("%j stays text", (payload) => {
  it("in the report of verify", () => {
    expectText(renderReport([verifiedWith(payload)]), payload);
  });

  it("in the report of audit", async () => {
    expectText(await renderAudit([auditedWith(payload)], [payload]), payload);
  });
});

it("a payload that is not escaped is found", () => {
  for (const payload of payloads.filter((text) => text.includes("<script>") && !text.startsWith("&"))) {
    expect(() => expectText(renderReport([]).replace("</h1>", payload), payload)).toThrow();
  }
});
