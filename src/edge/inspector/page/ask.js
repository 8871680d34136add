// What the page asks the Worker.

/**
 * @typedef {object} Choice  Of `explain`; the fields after `reason` are missing where the origin's own answer is passed on.
 * @property {string} reason
 * @property {string} [detail]
 * @property {string} [source]
 * @property {string} [format]
 * @property {number} [from]
 * @property {number} [to]
 * @property {readonly string[]} [pending]
 *
 * @typedef {object} FormatFacts
 * @property {string} format
 * @property {boolean} accepted
 * @property {string} verdict
 * @property {{ readonly settings?: Readonly<Record<string, unknown>> }} [recipe]
 * @property {{ readonly state?: string, readonly bytes?: number } | string} [state]
 *
 * @typedef {object} Explanation
 * @property {string} summary
 * @property {Choice} answer
 * @property {boolean} candidate
 * @property {string} url
 * @property {{ readonly class: string, readonly network: string, readonly userAgent: { readonly browser?: string, readonly version?: readonly number[] } }} [client]
 * @property {Readonly<Record<string, unknown>> & { readonly freshness?: { readonly freshUntil?: string }, readonly jpeg?: { readonly quality?: number } }} [source]
 * @property {readonly FormatFacts[]} [formats]
 * @property {{ readonly answer: string, readonly source: string }} [cache]
 */

/**
 * @param {string} url @param {string} accept @param {string} userAgent @param {AbortSignal} signal
 * @returns {Promise<Explanation>} Throws an Error whose message can be shown.
 */
export async function explain(url, accept, userAgent, signal) {
  const query = new URLSearchParams({ url, accept, ua: userAgent });
  const response = await fetch(`/_imaging/explain?${query}`, { headers: { accept: "application/json" }, signal });
  if (!response.ok) throw new Error(await problemOf(response));
  return response.json();
}

/**
 * The origin's own file.
 * @param {string} url @param {AbortSignal} signal @returns {Promise<Blob>}
 */
export async function fetchOriginal(url, signal) {
  const response = await fetch(`/_imaging/original?${new URLSearchParams({ url })}`, { cache: "no-store", signal });
  if (!response.ok) throw new Error(await problemOf(response));
  return response.blob();
}

/** @param {string} url @returns {Promise<string>}  What was done, as a sentence. */
export async function purge(url) {
  const response = await fetch("/_imaging/purge", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ urls: [url] }),
  });
  return response.ok ? "Purged in this data centre." : problemOf(response);
}

/** @param {Response} response */
async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail ?? `The server answered ${response.status}.`;
}
