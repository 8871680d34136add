import type { Services } from "../services.ts";
import { isAuthorized } from "./authorize.ts";
import { purgeUrl } from "./purge.ts";

/**
 * For a URL that asks for a fresh copy of itself (`cache=update`). Where the operator asks, by the admin token or in
 * development, what is kept of it is removed first; from anybody else it is ignored.
 * @returns the request, without the token that was meant for us.
 */
export async function withoutRefresh(request: Request, url: URL, services: Services): Promise<Request> {
  const { ADMIN_TOKEN, development } = services.config;
  const hasToken = await isAuthorized(request, ADMIN_TOKEN);
  if (!hasToken && !development) return request;
  await purgeUrl(url.href, url, services);
  if (!hasToken) return request;
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  return new Request(request, { headers });
}
