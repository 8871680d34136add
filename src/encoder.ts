/** The Worker of a fleet that encodes: it consumes the queue, and answers no visitors. */
import type { Env } from "./edge/env.ts";
import { yieldToRequests } from "./edge/backend/give-way.ts";
import { sha256 } from "./edge/digest.ts";
import { createEncoder } from "./edge/encoder-application.ts";
import { logLine } from "./edge/log.ts";
import { createImaging } from "./imaging/create-imaging.ts";

export default createEncoder({
  imaging: createImaging({ pause: yieldToRequests, digest: sha256 }),
  now: () => Date.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  report: (error) => console.error(logLine(error)),
}) satisfies ExportedHandler<Env>;
