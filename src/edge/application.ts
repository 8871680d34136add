import { createAutomaticStop } from "./automatic-stop.ts";
import { countMade, createStats } from "./stats.ts";
import { createFleet, type Fleet } from "./backend/fleet.ts";
import { purgeKey } from "./store/purge-key.ts";
import { createR2Store } from "./store/r2.ts";
import { layered } from "./store/layered.ts";
import { keptUntil, type SourceRecord } from "./plan/known-source.ts";
import type { VariantStore } from "./store/variant-store.ts";
import { observe } from "./observe.ts";
import { type AnswerCache, createAnswerCache } from "./store/answer-cache.ts";
import type { FoundAnswer } from "./store/look-up.ts";
import { guardCache } from "./store/guarded-cache.ts";
import { reportSeldom } from "./report-seldom.ts";
import { createEdgeStore } from "./store/edge-cache.ts";
import { createFlights } from "./flight/flights.ts";
import { dropWhenIdle } from "./backend/idle-codecs.ts";
import { createMemoryLedger } from "./backend/memory-ledger.ts";
import type { EncoderPool } from "./backend/backend.ts";
import { localBackend } from "./backend/local.ts";
import { createWorkQueue } from "./backend/work-queue.ts";
import { type Config, readConfig } from "./config.ts";
import type { Env } from "./env.ts";
import { ProblemError, respondProblem } from "./errors.ts";
import { createAnalytics } from "./inspector/analytics.ts";
import { formatCacheStatus } from "./http/cache-status.ts";
import { invalidateUrl } from "./inspector/purge.ts";
import { withoutRefresh } from "./inspector/refresh.ts";
import { answerReserved } from "./inspector/reserved.ts";
import { permitTimeoutMs } from "./limits.ts";
import { type RequestedUrl, readRequestedUrl } from "./negotiate/requested-url.ts";
import { type ImageRequest, negotiate } from "./negotiate/image-request.ts";
import { checkSignature } from "./url-signature.ts";
import type { Imaging } from "../imaging/imaging.ts";
import { answerImage } from "./pipeline.ts";
import type { Services } from "./services.ts";
import type { SourceFlight } from "./flight/flight.ts";
import type { OriginPort } from "./origin/fetch-source.ts";
import { openBucket } from "./origin/open-bucket.ts";
import { isLoop } from "./origin/origin-request.ts";
import { createOriginMemory } from "./origin/origin-memory.ts";
import { passThrough, passUnchanged } from "./origin/pass-unchanged.ts";
import { withConfigProblems } from "./respond/config-header.ts";

/** What an entry gives the application of the platform; tests give something else. */
export interface Platform {
  readonly imaging: Imaging;
  readonly cache: Cache;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** For requests to the origin. */
  readonly fetch: typeof fetch;
  /** Takes note of what should not have happened. */
  readonly report: (error: unknown) => void;
  /** The library makes only what works in steps; the rest needs a fleet. */
  readonly isGateway?: boolean;
}

/** The whole Worker but for its codecs: reserved paths, pictures, and everything else that passes. */
export function createApplication(platform: Platform): { readonly fetch: ExportedHandlerFetchHandler<Env> } {
  const { now } = platform;
  // What fails for one request fails for all.
  const report = reportSeldom(platform.report, now);
  const cache = guardCache(platform.cache, now, report);
  const { imaging, countRequest } = dropWhenIdle(platform.imaging);
  /** What an isolate keeps between requests. */
  const queue = createWorkQueue(now, permitTimeoutMs);
  const ledger = createMemoryLedger();
  const stats = createStats();
  const stop = createAutomaticStop(now, (message) => {
    stats.stops += 1;
    report(`stop: ${message}`);
  });
  const backend = localBackend(imaging, queue, ledger, (recipe, made, isDraft) => {
    countMade(stats, recipe, made, isDraft);
    if (made.kind === "made" || made.kind === "failed") stop.note(made.kind === "made");
    if (made.kind === "failed") report(made.cause);
  });
  const encoderPool: EncoderPool = { backend, queue, ledger };
  const flights = createFlights<SourceFlight>(now);
  const memory = createOriginMemory(now);
  const analytics = createAnalytics(platform);
  const answers = createAnswerCache(cache, report);
  let read: Surroundings | undefined;

  /** Read once per isolate: the platform hands the same environment to every request. */
  const surroundingsOf = (env: Env): Surroundings => {
    if (read?.env !== env) {
      read = readSurroundings(env, { ...platform, cache, report }, answers);
      for (const { message } of read.config.problems) report(`configuration: ${message} Everything passes through.`);
    }
    return read;
  };

  /** Not async, and nothing is awaited before the cache is: each promise would be paid for by every hit. */
  const answer = (request: Request, surroundings: Surroundings, context: ExecutionContext): Promise<Response> => {
    const { env, config, store, bucket, fleet } = surroundings;
    const asked = readRequestedUrl(request.url, config);
    const { url } = asked;
    if (config.HOSTS.size > 0 && !config.HOSTS.has(url.host) && !config.HOSTS.has(url.hostname)) {
      throw new ProblemError("misdirected-host", `This Worker does not answer for ${url.host}.`);
    }
    const services: Services = {
      config,
      now,
      store,
      answers,
      origin: { fetch: platform.fetch, demo: env.DEMO, bucket },
      rateLimiter: env.RATE_LIMITER,
      encoderPool,
      fleet,
      stats,
      metrics: env.METRICS,
      analytics,
      encoder: env.ENCODER,
      flights,
      memory,
      waitUntil: (work) => context.waitUntil(work.catch(() => undefined)),
    };
    if (asked.isReserved) return answerReserved(request, url, services);
    if (isLoop(request.headers, url.host, config)) {
      throw new ProblemError(
        "loop",
        "CDN-Loop says that this request has passed here before. Does ORIGIN lead back to this Worker?",
      );
    }
    if (!asked.parsed.refresh) return answerCandidate(request, asked, services);
    return withoutRefresh(request, url, services).then((allowed) => answerCandidate(allowed, asked, services));
  };

  const answerCandidate = (request: Request, asked: RequestedUrl, services: Services): Promise<Response> => {
    const image = negotiate(request, asked, services.config);
    const { URL_SIGNING_KEYS: keys, UNSIGNED: unsigned, MODE: mode } = services.config;
    const isConcerned = image !== undefined || (asked.looksLikeImage && unsigned === "refuse");
    if (keys.length === 0 || mode === "off" || !isConcerned)
      return answerAllowed(request, asked, image, services, true);
    return checkSignature(asked.signature, keys, now()).then((verdict) => {
      const isSigned = verdict === "valid";
      if (!isSigned && unsigned === "refuse") throw new ProblemError("unsigned", `The signature is ${verdict}.`);
      return answerAllowed(request, asked, image, services, isSigned);
    });
  };

  /** @param mayWork whether more may be done for the request than to pass it on */
  const answerAllowed = (
    request: Request,
    asked: RequestedUrl,
    image: ImageRequest | undefined,
    services: Services,
    mayWork: boolean,
  ): Promise<Response> => {
    if (image === undefined) return passOther(request, asked, services);
    countRequest();
    if (stop.isOn() || !mayWork) return passUnchanged(request, image, "bypass", services);
    const failed = (error: unknown): Promise<Response> | Response => {
      stats.failures += 1;
      if (error instanceof ProblemError) return reportProblem(error, services.config, explainProblem(error, image));
      // The original is better than an error, whatever it was that went wrong here.
      report(error);
      stop.note(false);
      return passUnchanged(request, image, "encode-failed", services);
    };
    const observed = (sent: Response | FoundAnswer): Response => {
      const response = observe(sent, asked.url.host, services);
      // Its own words are on their way to the client; problems of ours have been reported.
      if (isServerError(response)) platform.report({ failure: "origin", status: response.status, url: asked.url.href });
      return response;
    };
    return answerImage(request, image, services).then(observed, failed);
  };

  /** What changes a picture's URL makes void what is kept of it (RFC 9111 §4.4). */
  const passOther = async (request: Request, { url, looksLikeImage }: RequestedUrl, services: Services) => {
    const response = await passThrough(request, url, services);
    if (safeMethods.includes(request.method) || response.status < 200 || response.status >= 400) return response;
    // The client may ask for it at once; what looks like a page is hardly ever a picture, and not worth looking far.
    // What went wrong here is no failure of what the origin has done.
    const invalidated = invalidateUrl(url.href, url, services, looksLikeImage).catch(report);
    if (looksLikeImage) await invalidated;
    else services.waitUntil(invalidated);
    return response;
  };

  /** The cause of an origin's failure is for the operator: it is in the log, and on the dev server in the answer. */
  const reportProblem = (error: ProblemError, config: Config, headers: Record<string, string> = {}): Response => {
    if (error.problem.startsWith("origin-")) platform.report(error);
    return respondProblem(error, headers, config.development);
  };

  const respondFailure = (error: unknown, config: Config): Response => {
    if (error instanceof ProblemError) return reportProblem(error, config);
    report(error);
    return respondProblem(new ProblemError("internal", "The error has been logged."));
  };

  return {
    fetch(request, env, context) {
      const surroundings = surroundingsOf(env);
      const { config } = surroundings;
      const { problems } = config;
      try {
        const answered = answer(request, surroundings, context).catch((error: unknown) =>
          respondFailure(error, config),
        );
        return problems.length === 0 ? answered : answered.then((response) => withConfigProblems(response, problems));
      } catch (error) {
        const failure = respondFailure(error, config);
        return problems.length === 0 ? failure : withConfigProblems(failure, problems);
      }
    },
  };
}

/** What an isolate knows of where it runs. */
interface Surroundings {
  readonly env: Env;
  readonly config: Config;
  readonly store: VariantStore;
  /** Where sources come from, if not from a host. */
  readonly bucket: OriginPort["bucket"];
  readonly fleet: Fleet | undefined;
}

/** Where the bindings of a fleet are there, they are used. */
function readSurroundings(env: Env, platform: Platform, answers: AnswerCache): Surroundings {
  const { cache, now, report, isGateway = false } = platform;
  const read = readConfig(env);
  const near = createEdgeStore(cache, now, report);
  const { VARIANTS: variants, JOBS: jobs } = env;
  const bucket = openBucket(env, read, platform);
  if (variants === undefined || jobs === undefined) {
    return { env, config: isGateway ? withoutFleet(read) : read, store: near, bucket, fleet: undefined };
  }
  const shared = createR2Store(variants, now, report);
  const keepSeconds = (record: SourceRecord): number => (keptUntil(record, read.STALE_SECONDS) - now()) / 1000;
  const store = layered(
    near,
    shared,
    (record) => Math.ceil(keepSeconds(record)),
    (key, generation) => purgeKey(key, { store: near, answers }, [], generation),
  );
  return { env, config: read, store, bucket, fleet: createFleet(store, shared, jobs, now, report) };
}

/** A gateway alone can make too little to be of use: everything passes through it. */
function withoutFleet(config: Config): Config {
  const message = "A gateway needs the bindings VARIANTS (an R2 bucket) and JOBS (the queue of its encoder).";
  return { ...config, MODE: "off", problems: [...config.problems, { name: "VARIANTS", message }] };
}

function isServerError({ status }: Response): boolean {
  return status >= 500 && status < 600;
}

/** Methods that change nothing at the origin (RFC 9110 §9.2.1). */
const safeMethods: readonly string[] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/** Origin failures are reported in `Edge-Imaging` too. */
function explainProblem(error: ProblemError, image: ImageRequest): Record<string, string> {
  if (!error.problem.startsWith("origin-")) return {};
  return {
    vary: "Accept",
    "edge-imaging": `reason=origin-error, class=${image.client.token}`,
    "cache-status": formatCacheStatus({
      kind: "forward",
      why: "uri-miss",
      stored: false,
      ttl: undefined,
      collapsed: false,
    }),
  };
}
