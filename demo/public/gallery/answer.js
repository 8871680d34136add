// One image asked for through the Worker: the bytes and what the headers say about them belong to the same response.
import { parseDictionary, parseList } from "./structured-fields.js";

/**
 * @typedef {object} Answer
 * @property {Blob} blob
 * @property {string} etag  Empty when there was none.
 * @property {string} format  Of the bytes received.
 * @property {string | undefined} source  Format of the original.
 * @property {string | undefined} reason
 * @property {number | undefined} from  Bytes of the original.
 * @property {number} to  Bytes received.
 * @property {number | undefined} saved  Bytes; in a trial run what would have been saved.
 * @property {string[]} pending  Formats still being made.
 * @property {boolean | undefined} hit  Answered from the cache.
 */

/**
 * @param {string} path @param {string} accept @param {AbortSignal} signal
 * @returns {Promise<Answer>} Throws an Error whose message can be shown.
 */
export async function askForImage(path, accept, signal) {
  // The browser's own cache would answer with the headers of an earlier visit.
  const response = await fetch(path, { headers: { accept }, cache: "no-store", signal });
  if (!response.ok)
    throw new Error(`The server answered ${response.status}${response.statusText && ` ${response.statusText}`}.`);
  const blob = await response.blob();
  return { blob, etag: response.headers.get("etag") ?? "", ...describeAnswer(response.headers, blob.size) };
}

/**
 * Reads what the headers say; every one of them may be missing or malformed.
 * @param {Headers} headers @param {number} bytesReceived
 * @returns {Omit<Answer, "blob" | "etag">}
 */
export function describeAnswer(headers, bytesReceived) {
  const members = readOr(() => parseDictionary(headers.get("edge-imaging") ?? ""), new Map());
  /** @param {string} key */
  const text = (key) => (typeof members.get(key)?.value === "string" ? members.get(key).value : undefined);
  /** @param {string} key */
  const bytes = (key) => (Number.isInteger(members.get(key)?.value) ? members.get(key).value : undefined);
  const pending = members.get("pending")?.value;
  const caches = readOr(() => parseList(headers.get("cache-status") ?? ""), []);
  const cache = caches.find((item) => item.value === "edge-imaging");
  return {
    format: text("format") ?? formatOfType(headers.get("content-type") ?? ""),
    source: text("source"),
    reason: text("reason"),
    from: bytes("from"),
    to: bytesReceived,
    saved: bytes("saved"),
    pending: Array.isArray(pending) ? pending.map((item) => String(item.value)) : [],
    hit: cache && cache.parameters.get("hit") === true,
  };
}

/** @param {string} type */
function formatOfType(type) {
  const subtype = type
    .split(";")[0]
    .trim()
    .replace(/^image\//, "");
  return subtype === "svg+xml" ? "svg" : subtype;
}

/** @template T @param {() => T} read @param {T} otherwise @returns {T} */
function readOr(read, otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
