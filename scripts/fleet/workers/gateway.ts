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

export default {
  fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname === "/_fleet/counts") return Response.json({ dataCentre, ...counts });
    const isOwnAddress = url.hostname === "127.0.0.1" || url.hostname === "localhost";
    if (isOwnAddress) {
      // The port is the data centre's; the site is the same.
      url.hostname = "fleet.localhost";
      url.port = "";
    }
    const asked = isOwnAddress ? new Request(url, request) : request;
    return gateway.fetch(asked, countedEnv(env), context);
  },
} satisfies ExportedHandler<Env>;
