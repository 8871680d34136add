/**
 * Who an origin's answer is for: everybody (`*`), requests without a CORS `Origin` (`-`), or those of one Origin. An
 * answer that does not depend on `Origin` is fetched and encoded once for all clients.
 */
export type Audience = "*" | "-" | `=${string}`;

type HeaderList = readonly (readonly [string, string])[];

/** The audience of what an origin answers to this Origin alone. */
export function ownAudience(corsOrigin: string | null): Audience {
  return corsOrigin === null ? "-" : `=${corsOrigin}`;
}

/**
 * Whom an answer is for, by its header. It depends on `Origin` where `Vary` says so, or where an Origin is named as allowed (Fetch, "CORS protocol and HTTP caches"). An answer to a
 * request without Origin shows nothing of what others would get, unless everybody is allowed.
 */
export function audienceOf(headers: HeaderList, corsOrigin: string | null): Audience {
  if (dependsOnOrigin(headers)) return ownAudience(corsOrigin);
  const allowed = headers.find(([name]) => name === allowOrigin)?.[1];
  return corsOrigin !== null || allowed !== undefined ? "*" : "-";
}

const allowOrigin = "access-control-allow-origin";

/** Whether another Origin could get another answer. */
export function dependsOnOrigin(headers: HeaderList): boolean {
  return headers.some(([name, value]) =>
    name === "vary"
      ? value.split(",").some((field) => field.trim().toLowerCase() === "origin")
      : name === allowOrigin && value.trim() !== "*",
  );
}
