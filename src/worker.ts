import { createEdgeTier } from "./edge/store/edge-cache.ts";
import { createFlights } from "./edge/flight/flights.ts";
import { createPixelEngine } from "./imaging/create-imaging.ts";
import { dropWhenIdle } from "./edge/backend/idle-codecs.ts";
import { createMemoryLedger } from "./edge/backend/memory-ledger.ts";
import type { EncoderPool } from "./edge/backend/local.ts";
import { createWorkQueue } from "./edge/backend/work-queue.ts";
import { type Config, readConfig } from "./edge/config.ts";
import type { Env } from "./edge/env.ts";
import { ProblemError, respondProblem } from "./edge/errors.ts";
import { withoutRefresh } from "./edge/inspector/refresh.ts";
import { answerReserved, reservedPath } from "./edge/inspector/reserved.ts";
import { turnTimeoutMs } from "./edge/limits.ts";
import { type RequestedUrl, readRequestedUrl } from "./edge/negotiate/requested-url.ts";
import { type ImageRequest, negotiate } from "./edge/negotiate/image-request.ts";
import { answerImage } from "./edge/pipeline.ts";
import type { Services } from "./edge/services.ts";
import type { SourceFlight } from "./edge/flight/flight.ts";
import { isLoop } from "./edge/origin/origin-request.ts";
import { createRefusedScales } from "./edge/origin/refused-scales.ts";
import { passThrough, passUnchanged } from "./edge/origin/pass-on.ts";

const clock = (): number => Date.now();

const { engine, countRequest } = dropWhenIdle(createPixelEngine());

/** What an isolate keeps between requests. */
const encoderPool: EncoderPool = {
  engine,
  queue: createWorkQueue(clock, turnTimeoutMs),
  ledger: createMemoryLedger(),
};
const flights = createFlights<SourceFlight>();
const refusedScales = createRefusedScales(clock);
const cache = caches.default;
const tier = createEdgeTier(cache);
let read: { readonly env: Env; readonly config: Config } | undefined;

/** Settings are parsed once per isolate: the platform hands the same environment to every request. */
function configOf(env: Env): Config {
  if (read?.env !== env) read = { env, config: readConfig(env) };
  return read.config;
}

export default {
  fetch(request, env, context): Response | Promise<Response> {
    try {
      return answer(request, env, context).catch(respondFailure);
    } catch (error) {
      return respondFailure(error);
    }
  },
} satisfies ExportedHandler<Env>;

function respondFailure(error: unknown): Response {
  if (error instanceof ProblemError) return respondProblem(error);
  console.error(error);
  return respondProblem(new ProblemError("internal", "The error has been logged."));
}

/** Not async, and nothing is awaited before the cache is: each promise would be paid for by every hit. */
function answer(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  const config = configOf(env);
  const asked = readRequestedUrl(request.url, config.DIALECT);
  const { url } = asked;
  if (config.HOSTS.size > 0 && !config.HOSTS.has(url.host) && !config.HOSTS.has(url.hostname)) {
    throw new ProblemError("misdirected-host", `This Worker does not answer for ${url.host}.`);
  }
  const services: Services = {
    config,
    now: clock,
    cache,
    tier,
    origin: { fetch: (...input) => fetch(...input), demo: env.DEMO },
    encoderPool,
    flights,
    refusedScales,
    waitUntil: (work) => context.waitUntil(work.catch(() => undefined)),
  };
  if (url.pathname.startsWith(reservedPath)) return answerReserved(request, url, services);
  if (isLoop(request.headers)) {
    throw new ProblemError(
      "loop",
      "CDN-Loop says that this request has passed here before. Does ORIGIN lead back to this Worker?",
    );
  }
  if (!asked.parsed.refresh) return answerCandidate(request, asked, services);
  return withoutRefresh(request, url, services).then((allowed) => answerCandidate(allowed, asked, services));
}

function answerCandidate(request: Request, asked: RequestedUrl, services: Services): Promise<Response> {
  const image = negotiate(request, asked, services.config);
  if (image === undefined) return passThrough(request, asked.url, services);
  countRequest();
  return answerImage(request, image, services).catch((error: unknown) => {
    if (error instanceof ProblemError) return respondProblem(error, explainProblem(error, image));
    // The original is better than an error, whatever it was that went wrong here.
    console.error(error);
    return passUnchanged(request, image, "encode-failed", services);
  });
}

/** What the origin failed to give is told in the same field as an image is. */
function explainProblem(error: ProblemError, image: ImageRequest): Record<string, string> {
  if (!error.problem.startsWith("origin-")) return {};
  return { vary: "Accept", "edge-imaging": `reason=origin-error, class=${image.client.token}` };
}
