/** The Worker of a fleet that answers requests: it makes what works in steps, and has an encoder for the rest. */
import { createApplication } from "./edge/application.ts";
import type { Env } from "./edge/env.ts";
import { yieldToRequests } from "./edge/backend/give-way.ts";
import { logLine } from "./edge/log.ts";
import { createSlicedImaging } from "./imaging/create-sliced-imaging.ts";

export default createApplication({
  imaging: createSlicedImaging({ pause: yieldToRequests }),
  cache: caches.default,
  now: () => Date.now(),
  fetch: (...input) => fetch(...input),
  report: (error) => console.error(logLine(error)),
  isGateway: true,
}) satisfies ExportedHandler<Env>;
