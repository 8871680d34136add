/** One Worker that does all: it answers requests and encodes. */
import { createApplication } from "./edge/application.ts";
import type { Env } from "./edge/config.ts";
import { createPixelEngine } from "./imaging/create-imaging.ts";

export default createApplication({
  engine: createPixelEngine(),
  cache: caches.default,
  now: () => Date.now(),
  fetch: (...input) => fetch(...input),
  report: (error) => console.error(error),
}) satisfies ExportedHandler<Env>;
