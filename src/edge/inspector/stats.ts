import type { Services } from "../services.ts";
import type { Stats } from "../stats.ts";
import { countedDays } from "./analytics.ts";
import { renderSavings } from "./render-savings.ts";
import { savingsOf, savingsSinceStart } from "./savings.ts";
import { sendPage } from "./show-page.ts";

/**
 * Counts of the isolate that answers, since it started; in a fleet those of one isolate of the encoder as well. A browser
 * gets a page of what was saved, of all data centres where a token for that is configured.
 */
export async function answerStats(request: Request, url: URL, services: Services): Promise<Response> {
  if ((request.headers.get("accept") ?? "").includes("text/html")) return showSavings(url, services);
  const { stats, encoder, flights, encoderPool, fleet } = services;
  const counts =
    encoder &&
    (await encoder.fetch(url).then(
      (response) => response.json<Stats>(),
      () => undefined,
    ));
  const underWay = { flights: [...flights.all()].length, heldBytes: encoderPool.ledger.heldBytes() };
  const body = { ...stats, ...underWay, ...(fleet && { queue: fleet.queue }), ...(counts && { encoder: counts }) };
  return Response.json(body, { headers: { "cache-control": "no-store", vary: "Accept" } });
}

async function showSavings({ host }: URL, { stats, analytics, config }: Services): Promise<Response> {
  const rows = await analytics.read(host, config);
  if (rows !== undefined) {
    const page = { host, savings: savingsOf(rows), period: `The last ${countedDays} days`, note: undefined };
    return sendPage("html", renderSavings(page));
  }
  const isConfigured = config.ACCOUNT_ID !== "" && config.ANALYTICS_TOKEN !== "";
  const note = isConfigured
    ? "Analytics Engine did not answer, so these are the counts of the isolate that answers, and no more."
    : "These are the counts of the isolate that answers. Of a hundred hits, the format and the reason of one are read, and counted for all of them. For all data centres and by day, bind METRICS and set ACCOUNT_ID and ANALYTICS_TOKEN.";
  return sendPage("html", renderSavings({ host, savings: savingsSinceStart(stats), period: "Since the start", note }));
}
