/** The parts of caniuse-lite that are read here; the package brings no types of its own. */
declare module "caniuse-lite" {
  interface Agent {
    /** Seconds since 1970 per version; null for versions that are not released. */
    readonly release_date: Readonly<Record<string, number | null>>;
  }
  interface Feature {
    /** Per browser and version: `y`, `n`, `a` (almost), `p` (with a polyfill), then flags and `#` numbers of notes. */
    readonly stats: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }
  const lite: {
    readonly agents: Readonly<Record<string, Agent>>;
    readonly features: Readonly<Record<string, unknown>>;
    readonly feature: (packed: unknown) => Feature;
  };
  // The package is CommonJS, whose exports are the default here.
  export { lite as default };
}
