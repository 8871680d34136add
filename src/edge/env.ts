import type { SettingName } from "./settings.ts";

/** What wrangler binds. Every setting is a variable; other bindings are used when they are present. */
export type Env = Readonly<Partial<Record<SettingName, string | number | boolean>>> & {
  /** `development` comes from the committed `.dev.vars` only, which wrangler never deploys. */
  readonly ENVIRONMENT?: string;
  /** Static assets of the demo origin; bound in development only. */
  readonly DEMO?: AssetsBinding;
};

/** What is used of a static-assets binding. */
export interface AssetsBinding {
  fetch(request: Request | URL | string, init?: RequestInit): Promise<Response>;
}

export function isDevelopment(env: Env): boolean {
  return env.ENVIRONMENT === "development";
}
