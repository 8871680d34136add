/** The least that any Worker in front of a cache can do: what the hit path of the real one is measured against. */
export default {
  async fetch(request: Request): Promise<Response> {
    return (await caches.default.match(request)) ?? new Response("not stored", { status: 404 });
  },
};
