import { answerUrl, flightName } from "../key.ts";
import { catchUpMs, transientSeconds } from "../limits.ts";
import type { ImageRequest } from "../negotiate/image-request.ts";
import { discardForwarded } from "../origin/pass-on.ts";
import { chooseAnswer } from "../plan/choose.ts";
import { freshUntil, knownFor, type SourceRecord } from "../plan/known-source.ts";
import { planKnownSource } from "../plan/plan.ts";
import type { Services } from "../services.ts";
import type { FoundAnswer } from "../store/look-up.ts";
import { workOut } from "./join.ts";

/**
 * After an interim answer from the cache: looks whether the fleet has made something better since, and puts it in its
 * place. No encoder can write into the cache of another data centre, so each looks itself, when it is asked; soon enough
 * that an answer is final seconds after it could be, and seldom enough that the looks cost nothing.
 */
export async function catchUp(image: ImageRequest, found: FoundAnswer, services: Services): Promise<void> {
  const { fleet, memory, now } = services;
  if (fleet === undefined) return;
  // Interim answers live so long at most: it gives their age at least.
  if (found.freshUntil - now() > transientSeconds * 1000 - catchUpMs) return;
  const name = answerUrl(image.key, image.client.token);
  if (memory.caughtUp.find(name) === true) return;
  memory.caughtUp.add(name, true);
  const source = flightName(image.key);
  const record = await fleet.catchUp(image.key, () => {
    if (memory.caughtUp.find(source) === true) return false;
    memory.caughtUp.add(source, true);
    return true;
  });
  if (record === undefined || !isFinal(record, image, services)) return;
  const worked = await workOut({ ...image, isHead: false }, services, false);
  if (worked?.outcome.kind === "passed") await discardForwarded(worked.outcome);
}

/** Whether what is known gives this class its last answer. */
function isFinal(record: SourceRecord, { corsOrigin, client, parsed }: ImageRequest, services: Services): boolean {
  const { config, now } = services;
  const known = knownFor(record, corsOrigin)?.known;
  if (known === undefined || freshUntil(known.reply) <= now()) return false;
  const { file, variants } = known;
  const plan = planKnownSource(known, config, client.network, parsed);
  const all = { plan, sourceFormat: file.facts.format, sourceBytes: file.bytes, variants, now: now() };
  return chooseAnswer(all, client, config).pending.length === 0;
}
