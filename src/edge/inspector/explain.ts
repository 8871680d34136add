import type { Config } from "../config.ts";
import { openRoom } from "../backend/memory-ledger.ts";
import { answerUrl } from "../key.ts";
import { maxBytesInFlight } from "../limits.ts";
import { freshUntil, knownFor, type KnownSource } from "../plan/known-source.ts";
import { ProblemError } from "../errors.ts";
import { isReserved } from "../reserved-path.ts";
import { targets, universalTargets } from "../targets.ts";
import { type ImageRequest, negotiate } from "../negotiate/image-request.ts";
import { parseRequestedUrl } from "../negotiate/requested-url.ts";
import { checkSignature } from "../url-signature.ts";
import { decideBypass } from "../plan/bypass.ts";
import { chooseAnswer } from "../plan/choose.ts";
import { planKnownSource, type Plan } from "../plan/plan.ts";
import type { Reason } from "../reasons.ts";
import type { Services } from "../services.ts";
import { loadSource } from "../origin/load-source.ts";
import { discardForwarded } from "../origin/pass-on.ts";
import { clientInQuestion, explainClient } from "./explain-client.ts";
import { renderText } from "./render-text.ts";
import { type Chosen, summarise } from "./summarise.ts";

/**
 * What a client would get for a URL, and why: `?url=` names a path or a URL on this host. The client is the asker; the
 * parameters `accept=`, `ua=`, `save-data=`, `ect=` and `dpr=` are the header fields of another one. Nothing is encoded or
 * stored for it; the origin is asked when the source is not known yet. JSON, or plain text where the asker is a browser.
 * @throws ProblemError `bad-request` without a URL on this host
 */
export async function explainUrl(request: Request, url: URL, services: Services): Promise<Response> {
  const target = targetOf(url);
  const asked = new Request(target, { headers: clientInQuestion(request, url.searchParams) });
  const explanation = await explain(asked, target, services);
  const isBrowser = (request.headers.get("accept") ?? "").includes("text/html");
  const headers = { "cache-control": "no-store", vary: "Accept" };
  return isBrowser
    ? new Response(renderText(explanation), { headers: { ...headers, "content-type": "text/plain; charset=utf-8" } })
    : Response.json(explanation, { headers });
}

/**
 * The URL that a reserved path is asked about.
 * @throws ProblemError `bad-request` without a URL on this host
 */
export function targetOf(url: URL): URL {
  const text = url.searchParams.get("url") ?? "";
  const target = text !== "" && URL.canParse(text, url.origin) ? new URL(text, url.origin) : undefined;
  if (target === undefined || target.origin !== url.origin || isReserved(target.pathname)) {
    throw new ProblemError("bad-request", `Name a path or a URL of the images on ${url.host} (url=).`);
  }
  return target;
}

type Explained = Readonly<Record<string, unknown>>;

/** Why nothing is sent but what the origin sends. */
interface Refused {
  readonly reason: Reason;
  readonly detail?: string;
}

type Answer = Refused | Chosen;

async function explain(asked: Request, target: URL, services: Services): Promise<Explained> {
  const { config, now } = services;
  const requested = parseRequestedUrl(target, config);
  const image = negotiate(asked, requested, config);
  const url = target.href;
  if (image === undefined) {
    const because = "the URL has no image extension and no dialect's shape, and Accept asks for no image";
    return { summary: `Passed on as it is: ${because}.`, answer: { reason: "bypass" }, candidate: false, because, url };
  }
  const about = { candidate: true, url, client: explainClient(asked, image), ...explainRequest(image) };
  const bypass = decideBypass(image, config);
  if (bypass !== undefined) return answerFirst({ reason: bypass, ...detailOf(bypass, config) }, about);
  const { URL_SIGNING_KEYS: keys } = config;
  const verdict = keys.length === 0 ? "valid" : await checkSignature(requested.signature, keys, now());
  if (verdict !== "valid") return answerFirst({ reason: "bypass", detail: `the signature is ${verdict}` }, about);

  const { record } = await services.store.readRecord(image.key);
  const kept = record && knownFor(record, image.corsOrigin)?.known;
  const cache = {
    key: answerUrl(image.key, image.client.token),
    answer: await services.answers.describe(image, now()),
    source: kept === undefined ? "not kept" : freshUntil(kept.reply) > now() ? "fresh" : "stale",
  };
  const known = kept ?? (await fetchFacts(image, services));
  if ("reason" in known) return answerFirst(known, { ...about, cache });
  const { answer, source, formats } = explainDecision(known, image, services);
  return answerFirst(answer, { ...about, source, formats, cache });
}

/** Of several causes that share a reason, the one that it was. */
function detailOf(reason: Reason, { problems }: Config): { readonly detail?: string } {
  if (reason !== "bypass") return {};
  if (problems.length === 0) return { detail: "MODE is off" };
  return { detail: `a setting is not understood. ${problems.map(({ message }) => message).join(" ")}` };
}

/** The answer and what it means come before the facts that led to it. */
function answerFirst(answer: Answer, facts: Explained): Explained {
  return { summary: summarise(answer), answer, ...facts };
}

function explainRequest(image: ImageRequest): Explained {
  const { dialect, notes, quality, lossless, requestedFormat, width, height } = image.parsed;
  return {
    dialect: { name: dialect, quality, lossless, requestedFormat, width, height, notes },
    origin: { path: image.sourcePath, pixelRatio: image.pixelRatio },
    ...(image.preset !== undefined && { preset: image.preset }),
  };
}

async function fetchFacts(image: ImageRequest, services: Services): Promise<KnownSource | Refused> {
  const room = openRoom(services.encoderPool.ledger, maxBytesInFlight);
  try {
    const source = await loadSource(image, services, { needsBytes: false, offer: () => undefined, room });
    if (source.kind === "loaded") return source.known;
    await discardForwarded(source);
    return { reason: source.reason, detail: `the origin answered with status ${source.response.status}` };
  } catch (error) {
    if (error instanceof ProblemError) return { reason: "origin-error", detail: error.message };
    throw error;
  } finally {
    room.close();
  }
}

function explainDecision(
  source: KnownSource,
  image: ImageRequest,
  services: Services,
): { readonly answer: Chosen; readonly source: Explained; readonly formats: readonly Explained[] } {
  const { config, now } = services;
  const { facts, bytes, etag } = source.file;
  const { freshness } = source.reply;
  const plan = planKnownSource(source, config, image.client.network, image.parsed);
  const known = { sourceFormat: facts.format, sourceBytes: bytes, plan, variants: source.variants, now: now() };
  const { serve, reason, to, pending } = chooseAnswer(known, image.client, config);
  const lifetime = {
    statedSeconds: freshness.lifetimeSeconds,
    freshUntil: new Date(freshUntil(source.reply)).toISOString(),
  };
  return {
    source: { ...facts, bytes, etag, freshness: lifetime },
    formats: explainFormats(plan, source, image),
    answer: {
      source: facts.format,
      format: serve === "original" ? facts.format : targets[serve].format,
      reason,
      from: bytes,
      to,
      saved: bytes - to,
      pending,
    },
  };
}

function explainFormats(plan: Plan, source: KnownSource, image: ImageRequest): readonly Explained[] {
  if (plan.kind === "pass") return [];
  return Object.entries(plan.variants).map(([format, verdict]) => {
    const accepted =
      image.client.formats.some((proved) => proved === format) || universalTargets.some((shown) => shown === format);
    if (typeof verdict === "string") return { format, accepted, verdict };
    const { id, recipe, cost } = verdict;
    const decode = recipe.kind === "encode" ? plan.decode : { ms: 0, peakBytes: 0 };
    const predicted = {
      decodeMs: Math.round(decode.ms),
      encodeMs: Math.round(cost.ms),
      peakBytes: Math.round(Math.max(decode.peakBytes, cost.peakBytes)),
    };
    return {
      format,
      accepted,
      verdict: "can be made",
      variant: id,
      recipe,
      predicted,
      state: source.variants[id] ?? "not made",
    };
  });
}
