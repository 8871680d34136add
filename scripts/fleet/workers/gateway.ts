/** The gateway as one of several data centres of one site, on this machine; each has a process and a cache of its own. */
import gateway from "../../../src/gateway.ts";
import type { Env } from "../../../src/edge/env.ts";
import { countCalls, createCounts, timed } from "./counted-bucket.ts";
import { remoteBucket, remoteQueue } from "./remote-platform.ts";

type LocalEnv = Env & { readonly SITE: string; readonly PLATFORM: string };

const counts = createCounts();
let seen: { readonly given: LocalEnv; readonly own: Env } | undefined;

function ownEnv(given: LocalEnv): Env {
  if (seen?.given === given) return seen.own;
  const jobs = remoteQueue(given.PLATFORM, "JOBS");
  const own: Env = {
    ...given,
    VARIANTS: countCalls(remoteBucket(given.PLATFORM), counts),
    JOBS: {
      send: (message) => {
        counts.messages += 1;
        return timed(counts, "message", () => jobs.send(message));
      },
    },
  };
  seen = { given, own };
  return own;
}

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
    if (url.pathname === "/_fleet/counts") return Response.json(counts);
    const isOwnAddress = url.hostname === "127.0.0.1" || url.hostname === "localhost";
    const asked = isOwnAddress ? await toSite(request, url, env.SITE) : request;
    return gateway.fetch(asked as typeof request, ownEnv(env), context);
  },
} satisfies ExportedHandler<LocalEnv>;
