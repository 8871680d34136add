import { env } from "cloudflare:workers";

/** The emulator has one cache for all Workers; each data centre has its own. Imported before the gateway is. */
export const { DATA_CENTRE: dataCentre } = env as unknown as { readonly DATA_CENTRE: string };
const own = caches.open(dataCentre);
const cache: Pick<Cache, "match" | "put" | "delete"> = {
  match: async (...asked) => (await own).match(...asked),
  put: async (...stored) => (await own).put(...stored),
  delete: async (...named) => (await own).delete(...named),
};
Object.defineProperty(caches, "default", { value: cache });
