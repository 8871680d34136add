import { findClient, type Client } from "../clients.ts";

/** One client for each set of formats that a site's visitors have: what these get, all others of their kind get too. */
export interface AuditedClass {
  readonly name: string;
  readonly client: Client;
}

export const auditedClasses: readonly AuditedClass[] = [
  { name: "JPEG XL", client: findClient("Chrome 156") },
  { name: "AVIF", client: findClient("Edge 157") },
  { name: "WebP", client: findClient("Chrome 84") },
  { name: "older", client: findClient("Firefox 64") },
];
