/** One Worker that does all: it answers requests and encodes. */
import { env } from "cloudflare:workers";
import { createApplication } from "./edge/application.ts";
import { readConfig } from "./edge/config.ts";
import { type Env, isDevelopment } from "./edge/env.ts";
import { yieldToRequests } from "./edge/backend/give-way.ts";
import { sha256 } from "./edge/digest.ts";
import { logLine } from "./edge/log.ts";
import { createImaging } from "./imaging/create-imaging.ts";

// The dev server says at its start what a deployment says with the first request.
if (isDevelopment(env)) {
  for (const { message } of readConfig(env).problems) console.error(`configuration: ${message}`);
}

export default createApplication({
  imaging: createImaging({ pause: yieldToRequests, digest: sha256 }),
  cache: caches.default,
  now: () => Date.now(),
  fetch: (...input) => fetch(...input),
  // With its stack for developers; else as one line that can be searched.
  report: (error) => console.error(isDevelopment(env) ? error : logLine(error)),
}) satisfies ExportedHandler<Env>;
