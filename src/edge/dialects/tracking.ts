/** Query parameters that state where a visitor came from and never select a picture. */
interface TrackingRow {
  readonly setBy: string;
  /** Full names. */
  readonly names: readonly string[];
  /** Beginnings of names. */
  readonly prefixes: readonly string[];
}

/** Names too common to be sure of (`ref`, `source`, `cid`, `pk_id`) are left out: a wrong one would mix two pictures up. */
export const trackingParameters: readonly TrackingRow[] = [
  { setBy: "campaign tagging, understood by most analytics", names: [], prefixes: ["utm_"] },
  {
    setBy: "Google Ads and Analytics",
    names: ["gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid", "_ga", "_gl"],
    prefixes: [],
  },
  { setBy: "Meta", names: ["fbclid", "igshid"], prefixes: [] },
  { setBy: "Microsoft Advertising", names: ["msclkid"], prefixes: [] },
  {
    setBy: "TikTok, X, LinkedIn, Reddit, Pinterest, Snapchat",
    names: ["ttclid", "twclid", "li_fat_id", "rdt_cid", "epik", "ScCid"],
    prefixes: [],
  },
  { setBy: "Yandex", names: ["yclid", "ysclid"], prefixes: [] },
  { setBy: "Adobe Advertising", names: ["s_kwcid", "ef_id"], prefixes: [] },
  { setBy: "Mailchimp", names: ["mc_cid", "mc_eid"], prefixes: [] },
  { setBy: "HubSpot", names: ["_hsenc", "_hsmi", "__hstc", "__hssc", "__hsfp"], prefixes: [] },
  { setBy: "Marketo, Klaviyo, Vero", names: ["mkt_tok", "_kx", "vero_id", "vero_conv"], prefixes: [] },
  { setBy: "Matomo", names: ["pk_campaign", "pk_kwd"], prefixes: ["mtm_"] },
];

const names = new Set(trackingParameters.flatMap((row) => row.names));
const prefixes = trackingParameters.flatMap((row) => row.prefixes);

/** Whether a query parameter of this name (as written, case counts) leaves the cache key. */
export function isTrackingParameter(name: string): boolean {
  return names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** Alternatives of a regular expression that match the beginning of every tracking parameter's name. */
export const trackingPatterns: readonly string[] = [...prefixes, ...[...names].map((name) => `${name}(?=[=&]|$)`)];
