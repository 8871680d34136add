import type { Services } from "../services.ts";
import { isAuthorized } from "./authorize.ts";
import { purgeUrl } from "./purge.ts";

/**
 * For a URL that requests a fresh copy of itself (`cache=update`). When the operator requests it, by the admin token or
 * in development, everything kept of it is removed first; from all others it is ignored.
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
