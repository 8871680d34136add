import { ProblemError, respondProblem } from "../errors.ts";
import { reservedPath } from "../reserved-path.ts";
import type { Services } from "../services.ts";
import { challenges, isAuthorized, isFromAnotherSite } from "./authorize.ts";
import { explainUrl } from "./explain.ts";
import { purgeUrls } from "./purge.ts";
import { showOriginal } from "./show-original.ts";
import { showPage } from "./show-page.ts";
import { answerStats } from "./stats.ts";

type Handler = (request: Request, url: URL, services: Services) => Promise<Response> | Response;

interface Row {
  readonly method: "GET" | "POST";
  readonly isPublic: boolean;
  readonly handle: Handler;
}

const rows: Readonly<Record<string, Row>> = {
  health: {
    method: "GET",
    isPublic: true,
    handle: (_request, _url, { config: { problems } }) => {
      const status = problems.length === 0 ? { status: "ok" } : { status: "misconfigured", problems };
      return Response.json(status, { headers: { "cache-control": "no-store" } });
    },
  },
  "": { method: "GET", isPublic: false, handle: () => showPage("html") },
  "inspector.css": { method: "GET", isPublic: false, handle: () => showPage("css") },
  "inspector.js": { method: "GET", isPublic: false, handle: () => showPage("js") },
  original: { method: "GET", isPublic: false, handle: showOriginal },
  explain: { method: "GET", isPublic: false, handle: explainUrl },
  stats: { method: "GET", isPublic: false, handle: answerStats },
  purge: { method: "POST", isPublic: false, handle: purgeUrls },
};

/**
 * Answers a request for a reserved path.
 * @throws ProblemError `not-found`, also for what needs a token that is not configured; `cross-site`.
 */
export async function answerReserved(request: Request, url: URL, services: Services): Promise<Response> {
  const name = url.pathname.startsWith(reservedPath) ? url.pathname.slice(reservedPath.length) : "disguised";
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  const { development, ADMIN_TOKEN: token } = services.config;
  if (row === undefined || !(row.isPublic || development || token !== "")) {
    throw new ProblemError("not-found", "There is no such page here.");
  }
  if (!row.isPublic && !development && !(await isAuthorized(request, token))) {
    const detail = "Send Authorization: Bearer with the value of ADMIN_TOKEN, or Basic with it as the password.";
    return respondProblem(new ProblemError("unauthorized", detail), { "www-authenticate": challenges });
  }
  const allowed = row.method === "GET" ? ["GET", "HEAD"] : [row.method];
  if (!allowed.includes(request.method)) {
    // RFC 9110 §15.5.6: it says which.
    return respondProblem(new ProblemError("method-not-allowed", `Use ${row.method}.`), { allow: allowed.join(", ") });
  }
  if (row.method === "POST" && isFromAnotherSite(request, url)) {
    throw new ProblemError("cross-site", "A page of another site has sent this request.");
  }
  const answer = await row.handle(request, url, services);
  // It may quote what a URL, a file or an origin says: no browser is to find another type in it.
  answer.headers.set("x-content-type-options", "nosniff");
  return answer;
}
