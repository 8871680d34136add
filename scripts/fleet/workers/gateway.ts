/** The gateway as one of several data centres of one site, on this machine. */
import { dataCentre } from "./own-cache.ts";
import gateway from "../../../src/gateway.ts";
import type { Env } from "../../../src/edge/env.ts";
import { countCalls } from "./counted-bucket.ts";

const counts = { writes: 0, reads: 0, messages: 0 };
let seen: { readonly given: Env; readonly counted: Env } | undefined;

function countedEnv(given: Env): Env {
  if (seen?.given === given) return seen.counted;
  const { VARIANTS, JOBS } = given;
  const counted: Env = {
    ...given,
    ...(VARIANTS && { VARIANTS: countCalls(VARIANTS, counts) }),
    ...(JOBS && {
      JOBS: {
        send: (message) => {
          counts.messages += 1;
          return JOBS.send(message);
        },
      },
    }),
  };
  seen = { given, counted };
  return counted;
}

type LocalEnv = Env & { readonly SITE: string };

/** The same request to the site: the port is the data centre's, also where a URL in the query or the body has it. */
async function toSite(request: Request, url: URL, site: string): Promise<Request> {
  const own = url.host;
  const inSite = new URL(url);
  inSite.host = site;
  inSite.search = url.search.replaceAll(own, site).replaceAll(encodeURIComponent(own), encodeURIComponent(site));
  const { method, headers } = request;
  if (method === "GET" || method === "HEAD") return new Request(inSite, request);
  return new Request(inSite, { method, headers, body: (await request.text()).replaceAll(own, site) });
}

export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname === "/_fleet/counts") return Response.json({ dataCentre, ...counts });
    const isOwnAddress = url.hostname === "127.0.0.1" || url.hostname === "localhost";
    const asked = isOwnAddress ? await toSite(request, url, env.SITE) : request;
    return gateway.fetch(asked as typeof request, countedEnv(env), context);
  },
} satisfies ExportedHandler<LocalEnv>;
