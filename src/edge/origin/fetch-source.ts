import type { AssetsBinding } from "../env.ts";
import { ProblemError } from "../errors.ts";
import { canCopy } from "../http/copy-response.ts";
import { mergeRedirects, type Redirect } from "../http/redirects.ts";
import { maxRedirects, originHeadersTimeoutMs } from "../limits.ts";
import { isReserved } from "../reserved-path.ts";
import { fetchDemoOrigin } from "./demo-origin.ts";
import { missingStatuses } from "./missing.ts";
import { waitPatiently } from "./patience.ts";
import type { OriginTarget } from "./origin-request.ts";

/** The outside world of a source fetch. */
export interface OriginPort {
  readonly fetch: typeof fetch;
  /** Static assets of the demo origin. */
  readonly demo: AssetsBinding | undefined;
  /** Asks the bucket that `ORIGIN` names. */
  readonly bucket: ((request: Request) => Promise<Response>) | undefined;
}

/** An origin's answer. */
export interface OriginAnswer {
  /** Its header says what all redirects on the way to it say together. */
  readonly response: Response;
  readonly isRedirected: boolean;
  /** See `MergedAnswer`. */
  readonly expectedSeconds: number | undefined;
  /** Ends the transfer; call it when the body is not read to its end. */
  readonly abort: () => void;
}

/** How a source is asked for. */
export interface SourceRequest {
  readonly headers: Headers;
  /** What was known of the source is in doubt. */
  readonly isRefresh: boolean;
  /** Lifetime of an answer that states none. */
  readonly defaultSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Name under which a zone purge finds the platform's copy of the source. */
  readonly cacheTag: string;
}

/**
 * One request to where the target says. A connection that was kept open may have been closed meanwhile: what asks for
 * nothing but an answer is asked once more (RFC 9110 §9.2.2).
 * @throws ProblemError `origin-unreachable` when no response headers arrive.
 */
export async function askOrigin(port: OriginPort, target: OriginTarget, request: Request): Promise<Response> {
  if (target.kind === "demo") {
    // `readConfig()` accepts demo: only where there is one.
    if (port.demo !== undefined) return fetchDemoOrigin(port.demo, request);
    throw new ProblemError("origin-unreachable", "This deployment carries no demo images.");
  }
  const isRepeatable = ["GET", "HEAD"].includes(request.method);
  try {
    const { bucket } = port;
    // `readConfig()` accepts a bucket only where it can be read.
    const isBucket = target.kind === "r2" || target.kind === "s3";
    const ask = () => (isBucket && bucket !== undefined ? bucket(request) : port.fetch(request));
    return await ask().catch((error: unknown) => {
      if (!isRepeatable || request.signal.aborted) throw error;
      return ask();
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const cause = new Error(`${request.method} ${request.url}: ${reason}`, { cause: error });
    throw new ProblemError("origin-unreachable", "The connection to the origin failed.", { cause });
  }
}

/**
 * Fetches a source. Redirects are followed by hand and only on the origin's own host; any other is the answer.
 * @throws ProblemError `origin-timeout` or `origin-unreachable` when no response headers arrive.
 */
export async function fetchSource(port: OriginPort, target: OriginTarget, asked: SourceRequest): Promise<OriginAnswer> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const wait = waitPatiently(originHeadersTimeoutMs);
  void wait.over.then(abort);
  try {
    let url = target.url;
    const redirects: Redirect[] = [];
    for (;;) {
      const request = new Request(url, {
        headers: asked.headers,
        redirect: "manual",
        signal: controller.signal,
        cf: platformCache(asked.cacheTag),
        ...(asked.isRefresh ? { cache: "no-store" } : {}),
      });
      const response = await askOrigin(port, { ...target, url }, request);
      const next = redirects.length < maxRedirects ? redirectTarget(response, url, target.url) : undefined;
      if (next === undefined) {
        return { ...withRedirects(response, redirects, asked), isRedirected: redirects.length > 0, abort };
      }
      await response.body?.cancel();
      redirects.push(response);
      url = next;
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new ProblemError("origin-timeout", `No answer came within ${originHeadersTimeoutMs / 1000} seconds.`, {
      cause: error,
    });
  } finally {
    wait.cancel();
  }
}

/**
 * The platform's own cache in front of the origin, by the origin's own directives and whatever the URL's extension, so
 * that many isolates ask once. Purged together with ours, and never asked for a refresh; what an origin negotiates is not
 * kept in it, since it may be another client's; nor is that nothing is there, which it would keep for minutes.
 */
function platformCache(tag: string): RequestInitCfProperties {
  return {
    cacheEverything: true,
    cacheTtlByStatus: notKept,
    cacheTags: [tag],
    vary: { default: { action: "bypass" } },
  };
}

/** Each isolate keeps these for a minute at most. A negative lifetime stores nothing, whatever the origin says. */
const notKept = Object.fromEntries(missingStatuses.map((status) => [status, -1]));

function withRedirects(
  response: Response,
  redirects: readonly Redirect[],
  { defaultSeconds, now }: SourceRequest,
): Pick<OriginAnswer, "response" | "expectedSeconds"> {
  if (redirects.length === 0 || !canCopy(response)) return { response, expectedSeconds: undefined };
  const { headers, expectedSeconds } = mergeRedirects(response.headers, redirects, defaultSeconds, now);
  const { status, statusText } = response;
  return { response: new Response(response.body, { status, statusText, headers }), expectedSeconds };
}

const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Where to go on, if the answer is a redirect that stays on the origin's host (and does not fall back to http): an origin
 * cannot have other hosts asked, nor, where it has the host of the Worker, for what the Worker keeps.
 */
function redirectTarget(response: Response, current: URL, origin: URL): URL | undefined {
  if (!redirectStatuses.includes(response.status)) return undefined;
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, current)) return undefined;
  const next = new URL(location, current);
  const isAllowed = next.host === origin.host && (next.protocol === origin.protocol || next.protocol === "https:");
  return isAllowed && next.username === "" && next.password === "" && !isReserved(next.pathname) ? next : undefined;
}
