import type { Services } from "../services.ts";
import type { Stats } from "../stats.ts";

/** Counts of the isolate that answers, since it started; in a fleet those of one isolate of the encoder as well. */
export async function answerStats(_request: Request, url: URL, { stats, encoder }: Services): Promise<Response> {
  const counts =
    encoder &&
    (await encoder.fetch(url).then(
      (response) => response.json<Stats>(),
      () => undefined,
    ));
  return Response.json({ ...stats, ...(counts && { encoder: counts }) }, { headers: { "cache-control": "no-store" } });
}
