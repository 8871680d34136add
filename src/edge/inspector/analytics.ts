import type { Config } from "../config.ts";

/** What is asked of the platform's counts of one host, by day, reason, format and way of the answer. */
export interface CountedRow {
  /** `2026-11-29`, in UTC. */
  readonly day: string;
  readonly reason: string;
  readonly format: string;
  /** `edge`, `assembled` or `r2` for a hit, else why the answer was made. */
  readonly way: string;
  readonly answers: number;
  readonly saved: number;
}

/** Reads them, at most once a minute; undefined where there is no token, or where they cannot be had. */
export interface Analytics {
  read(host: string, settings: AnalyticsSettings): Promise<readonly CountedRow[] | undefined>;
}

type AnalyticsSettings = Pick<Config, "ACCOUNT_ID" | "ANALYTICS_TOKEN" | "ANALYTICS_DATASET">;

/** Days that are asked for: the platform keeps three months, and a plot shows one. */
export const countedDays = 30;

/** More than 30 days of every reason, format and way that are at all common. */
const maxRows = 5000;
const timeoutMs = 10_000;
const keptMs = 60_000;

/** A host goes into the query as text. */
const safeHost = /^[a-z0-9.:[\]-]{1,96}$/;

/**
 * Of Analytics Engine's SQL API. Points are samples: each stands for `_sample_interval` of them, and a hit for as many hits as
 * `double4` says. What was not sent saved nothing.
 */
export function createAnalytics(port: { readonly fetch: typeof fetch; readonly now: () => number }): Analytics {
  let kept: {
    readonly name: string;
    readonly until: number;
    readonly rows: Promise<readonly CountedRow[] | undefined>;
  };
  return {
    read(host, settings) {
      const { ACCOUNT_ID: account, ANALYTICS_TOKEN: token, ANALYTICS_DATASET: dataset } = settings;
      if (account === "" || token === "" || !safeHost.test(host)) return Promise.resolve(undefined);
      const name = [account, dataset, host].join(" ");
      if (kept?.name !== name || kept.until <= port.now()) {
        const rows = ask(port.fetch, account, token, queryOf(dataset, host)).catch(() => undefined);
        kept = { name, until: port.now() + keptMs, rows };
      }
      return kept.rows;
    },
  };
}

function queryOf(dataset: string, host: string): string {
  const weight = "_sample_interval * double4";
  return [
    "SELECT toStartOfInterval(timestamp, INTERVAL '1' DAY) AS day, blob1 AS reason, blob2 AS format, blob5 AS way,",
    `SUM(${weight}) AS answers, SUM(if(double3 > 0, double1 - double2, 0) * ${weight}) AS saved`,
    `FROM ${dataset} WHERE timestamp > NOW() - INTERVAL '${countedDays}' DAY AND index1 = '${host}'`,
    `GROUP BY day, reason, format, way ORDER BY day LIMIT ${maxRows} FORMAT JSON`,
  ].join(" ");
}

async function ask(
  send: typeof fetch,
  account: string,
  token: string,
  query: string,
): Promise<readonly CountedRow[] | undefined> {
  const response = await send(`https://api.cloudflare.com/client/v4/accounts/${account}/analytics_engine/sql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: query,
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const { data } = await response.json<{ readonly data?: unknown }>();
  return Array.isArray(data) ? data.slice(0, maxRows).map(readRow) : undefined;
}

/** Numbers of 64 bits come as text. */
function readRow(row: Readonly<Record<string, unknown>>): CountedRow {
  const text = (name: string): string => (typeof row[name] === "string" ? row[name] : "");
  const number = (name: string): number => (Number.isFinite(Number(row[name])) ? Number(row[name]) : 0);
  return {
    day: text("day").slice(0, 10),
    reason: text("reason"),
    format: text("format"),
    way: text("way"),
    answers: number("answers"),
    saved: number("saved"),
  };
}
