/** The page of what is saved: for people with a browser; programs get the counts as JSON. */
import { describe, expect, test } from "vitest";
import { accepts, type Answer } from "../../support/answer.ts";
import { textOf } from "../../support/expect-picture.ts";
import { pictureOf } from "../../support/provided.ts";
import { type Edge, startEdge } from "../scripted-edge.ts";
import { fetchScripted, jpeg } from "../scripted-origin.ts";

const token = "a-token-of-some-length";
const source = pictureOf("photo");
const account = "0123456789abcdef0123456789abcdef";
const configured = { ACCOUNT_ID: account, ANALYTICS_TOKEN: "analytics-secret", ANALYTICS_DATASET: "pictures" };

interface Asked {
  readonly url: string;
  readonly authorization: string | null;
  readonly query: string;
}

/** An edge whose platform counts these rows. */
async function edgeWith(
  vars: Readonly<Record<string, string>> = {},
  rows: () => Response = () => new Response("no", { status: 500 }),
) {
  const asked: Asked[] = [];
  const fetch: typeof fetchScripted = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith("https://api.cloudflare.com/")) return fetchScripted(input, init);
    const authorization = new Headers(init?.headers).get("authorization");
    asked.push({ url, authorization, query: typeof init?.body === "string" ? init.body : "" });
    return rows();
  };
  const edge = await startEdge({ vars: { ADMIN_TOKEN: token, ...vars }, fetch });
  edge.origin.on("/a.jpg", jpeg(source));
  return { edge, asked };
}

const page = (edge: Edge, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  edge.ask("/_imaging/stats", {
    headers: { accept: "text/html,*/*;q=0.8", authorization: `Bearer ${token}`, ...headers },
  });

const row = (day: string, reason: string, format: string, way: string, answers: number, saved: number) => ({
  day: `${day} 00:00:00`,
  reason,
  format,
  way,
  // Numbers of 64 bits are text.
  answers: String(answers),
  saved,
});

describe("/_imaging/stats for a browser", () => {
  test("counts since the start where no token is configured, and programs get JSON", async () => {
    const { edge, asked } = await edgeWith();
    const answer = await edge.settle("/a.jpg", accepts.webp);
    const html = await page(edge);
    expect(html.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(html.headers["vary"]).toBe("Accept");
    expect(html.headers["content-security-policy"]).toContain("default-src 'none'");
    const text = textOf(html);
    expect(text).toContain("Since the start");
    expect(text).toMatch(/<th scope="row">transcoded<\/th>/);
    expect(text).toMatch(/<th scope="row">webp<\/th>/);
    expect(text).not.toMatch(/<script|style=|\son\w+=/);
    expect(text).toContain('href="/_imaging/"');
    const json = await page(edge, { accept: "application/json" });
    const counts = JSON.parse(textOf(json)) as { saved: Record<string, number>; reasons: Record<string, number> };
    expect(counts.saved["webp"]).toBeGreaterThanOrEqual(source.length - answer.body.length);
    expect(counts.reasons["transcoded"]).toBeGreaterThan(0);
    expect(asked).toEqual([]);
  });

  test("is linked from the inspector", async () => {
    const { edge } = await edgeWith();
    const inspector = await edge.ask("/_imaging/", { headers: { authorization: `Bearer ${token}` } });
    expect(textOf(inspector)).toContain('href="/_imaging/stats"');
  });

  test("shows what all data centres have counted, once a minute", async () => {
    const data = [
      row("2026-11-27", "transcoded", "avif", "edge", 900, 3_000_000),
      row("2026-11-27", "interim", "webp", "uri-miss", 50, 20_000),
      row("2026-11-28", "transcoded", "avif", "uri-miss", 40, 1_500_000),
      row("2026-11-28", '<b>&"', "jpeg", "r2", 10, -20_000),
    ];
    const { edge, asked } = await edgeWith(configured, () => Response.json({ data }));
    const text = textOf(await page(edge));
    expect(text).toContain("The last 30 days");
    // 4.5 MB in all, 910 of 1000 answers were hits, and 50 interim.
    expect(text).toContain("<dd>4.50 MB</dd>");
    expect(text).toContain("<dd>1,000</dd>");
    expect(text).toContain("<dd>91.0 %</dd>");
    expect(text).toContain("<dd>5.0 %</dd>");
    expect(text).toContain("2026-11-27: 3.02 MB");
    expect(text).toContain("2026-11-28: 1.48 MB");
    expect(text).toContain("&lt;b&gt;&amp;&quot;");
    expect(text).not.toContain("<b>");
    await page(edge);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      url: `https://api.cloudflare.com/client/v4/accounts/${account}/analytics_engine/sql`,
      authorization: "Bearer analytics-secret",
    });
    expect(asked[0]?.query).toContain(
      `FROM pictures WHERE timestamp > NOW() - INTERVAL '30' DAY AND index1 = '${new URL(edge.url).host}'`,
    );
    edge.pass(61);
    await page(edge);
    expect(asked).toHaveLength(2);
    expect(text).not.toContain("analytics-secret");
  });

  test.each([
    ["refuses", () => new Response("no", { status: 403 })],
    ["answers with something else", () => new Response("<html>")],
    ["answers without rows", () => Response.json({ errors: [] })],
    [
      "cannot be reached",
      (): Response => {
        throw new TypeError("Network connection lost.");
      },
    ],
  ])("says so and counts since the start when the platform %s", async (_, rows) => {
    const { edge, asked } = await edgeWith(configured, rows);
    const answer = await page(edge);
    expect(answer.status).toBe(200);
    expect(textOf(answer)).toContain("Since the start");
    expect(textOf(answer)).toContain("Analytics Engine did not answer");
    expect(asked).toHaveLength(1);
  });

  test("is for the operator alone", async () => {
    const { edge, asked } = await edgeWith(configured);
    const refused = await page(edge, { authorization: "Bearer another" });
    expect(refused.status).toBe(401);
    expect(textOf(refused)).not.toContain("saved");
    const hidden = await edgeWith({ ADMIN_TOKEN: "" });
    expect((await page(hidden.edge)).status).toBe(404);
    expect(asked).toEqual([]);
  });
});
