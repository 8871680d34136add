import type { SettingName } from "./settings.ts";

/** What wrangler binds. Every setting is a variable; other bindings are used when they are present. */
export type Env = Readonly<Partial<Record<SettingName, string | number | boolean>>> & {
  /** `development` comes from the committed `.dev.vars` only, which wrangler never deploys. */
  readonly ENVIRONMENT?: string;
  /** Static assets of the demo origin; bound in development only. */
  readonly DEMO?: AssetsBinding;
  /** Bounds the new pictures that one client may have encoded; optional. */
  readonly RATE_LIMITER?: RateLimiter;
};

/** What is used of a rate-limiting binding. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** What is used of a static-assets binding. */
export interface AssetsBinding {
  fetch(request: Request | URL | string, init?: RequestInit): Promise<Response>;
}

export function isDevelopment(env: Env): boolean {
  return env.ENVIRONMENT === "development";
}
