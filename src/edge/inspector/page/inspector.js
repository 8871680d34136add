// The inspector: what each browser gets for one image, with the files themselves.
import { askForImage } from "../../../../demo/public/gallery/answer.js";
import { describeReason, formatBytes, nameOf, percentSaved } from "../../../../demo/public/gallery/card.js";
import { detectAccept } from "../../../../demo/public/gallery/client.js";
import { explain, fetchOriginal, purge } from "./ask.js";
import { clients } from "./clients.ts";
import { Comparison } from "./compare.js";

/** @typedef {import("./ask.js").Explanation} Explanation */
/** @typedef {import("./ask.js").FormatFacts} FormatFacts */

/** An interim answer is kept for a minute; what is asked after that starts again what was dropped. */
const delaysMilliseconds = [700, 1000, 1500, 2500, 4000, 6000, 10_000, 16_000, 16_000, 16_000];
const maxParallel = 4;
/** Formats that a page can ask for: the others are recognised by the User-Agent. */
const askable = ["jxl", "avif", "webp", "jpeg", "png"];

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const field = /** @type {HTMLInputElement} */ (byId("url"));
const comparison = new Comparison();
let round = new AbortController();

/** @param {string} text @param {"" | "error"} kind */
function say(text, kind = "") {
  byId("status").textContent = text;
  byId("status").dataset.kind = kind;
}

/** @param {string} tag @param {string} text @param {string} [className] */
function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Asks again until the answer is final, and shows each. @param {string} url @param {string} accept @param {AbortSignal} signal */
async function* answersOf(url, accept, signal) {
  for (const delay of [...delaysMilliseconds, undefined]) {
    const answer = await askForImage(url, accept, signal);
    yield answer;
    const isFinal = answer.reason !== "interim" && answer.pending.length === 0;
    if (isFinal || delay === undefined) return;
    await pause(delay);
    signal.throwIfAborted();
  }
}

/** @param {string} asked */
async function inspect(asked) {
  round.abort();
  round = new AbortController();
  const { signal } = round;
  byId("result").hidden = true;
  byId("files").replaceChildren();
  byId("clients").replaceChildren();
  byId("action-status").textContent = "";
  comparison.clear();
  say("Asking …");
  try {
    const own = { name: "This browser", ua: navigator.userAgent, accept: await detectAccept() };
    let known = await explain(asked, own.accept, own.ua, signal);
    const { url } = known;
    showOwn(known);
    byId("result").hidden = false;
    const isPassed = known.answer.format === undefined;
    byId("pictures").hidden = isPassed;
    say("");
    if (isPassed) return;
    showOriginal(url, await fetchOriginal(url, signal), known);
    // What this browser gets comes first; with it the source is known, and the rest is explained without a fetch.
    for await (const answer of answersOf(url, own.accept, signal)) {
      showFile(url, own.accept, answer, true);
      known = await explain(url, own.accept, own.ua, signal);
      showOwn(known);
      say(answer.reason === "interim" ? "A smaller file is being made …" : "");
    }
    await Promise.all([showOthers(url, known, own.accept, signal), showClients(url, own, signal)]);
    await showClients(url, own, signal);
    say("");
  } catch (error) {
    if (!signal.aborted) say(error instanceof Error ? error.message : String(error), "error");
  }
}

/** @type {Record<string, string>} */
const browserNames = {
  chrome: "Chrome",
  "chrome-android": "Chrome for Android",
  edge: "Edge",
  firefox: "Firefox",
  "firefox-android": "Firefox for Android",
  ie: "Internet Explorer",
  opera: "Opera",
  "opera-android": "Opera for Android",
  safari: "Safari",
  ios: "an iPhone or iPad with iOS",
  samsung: "Samsung Internet",
  "android-webview": "an app on Android with Chromium",
};

/** Those that are worth a word. @type {Readonly<Record<string, string>>} */
const profiles = { srgb: "sRGB", other: "its own, not sRGB", unusable: "damaged or unusual" };

/** @param {Explanation} known */
function showOwn(known) {
  const { browser, version } = known.client?.userAgent ?? {};
  const client = browser === undefined ? undefined : browserNames[browser];
  const gets = known.answer.format === undefined ? "" : "You get: ";
  const you = client === undefined ? "" : `You use ${client} ${version?.[0] ?? ""}. ${gets}`;
  byId("summary").textContent = you + known.summary;
  const { source, cache } = known;
  const freshUntil = source?.freshness?.freshUntil;
  /** @type {readonly (readonly [string, unknown])[]} */
  const facts = [
    ["Dimensions", source && `${String(source.width)} × ${String(source.height)}`],
    ["Original", source && `${nameOf(String(source.format))}, ${formatBytes(Number(source.bytes))}`],
    ["Quality of the original", source?.jpeg?.quality],
    ["Colour profile", source && profiles[String(source.profile)]],
    ["Fresh until", freshUntil && new Date(freshUntil).toLocaleString()],
    ["Answer in this data centre", cache?.answer],
    ["Source in this data centre", cache?.source],
    ["Client class", known.client?.class],
    ["Network", known.client?.network],
  ];
  byId("facts").replaceChildren(
    ...facts
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => {
        const pair = document.createElement("div");
        pair.append(element("dt", name), element("dd", String(value)));
        return pair;
      }),
  );
}

/**
 * One card: a format, or the original. A later answer replaces an earlier one.
 * @param {string} key @param {{ readonly name: string, readonly bytes: number, readonly from: number | undefined, readonly note: string, readonly curl: string, readonly isOwn: boolean }} file
 */
function showCard(key, { name, bytes, from, note, curl, isOwn }) {
  const template = /** @type {HTMLTemplateElement} */ (byId("file"));
  const list = byId("files");
  const before = [...list.children].find((card) => card instanceof HTMLElement && card.dataset.key === key);
  const card = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  /** @param {string} named */
  const part = (named) => /** @type {HTMLElement} */ (card.querySelector(`[data-part="${named}"]`));
  card.dataset.key = key;
  card.dataset.own = isOwn ? "yes" : "no";
  part("name").textContent = isOwn ? `${name} (this browser)` : name;
  part("bytes").textContent = formatBytes(bytes);
  part("note").textContent = note;
  if (from !== undefined && from > 0) {
    part("bar").style.setProperty("--share", String(Math.min(1, bytes / from)));
    const isLess = bytes < from;
    const change = bytes === from ? "unchanged" : `${isLess ? "−" : "+"}${percentOf(from, bytes)} %`;
    part("saved").textContent = key === "original" ? "" : change;
    part("saved").dataset.changed = String(isLess);
  }
  const button = /** @type {HTMLButtonElement} */ (part("copy"));
  button.setAttribute("aria-label", `Copy as curl: ${name}`);
  button.addEventListener("click", () => void copy(button, curl));
  if (before === undefined) list.append(card);
  else before.replaceWith(card);
}

/** @param {number} from @param {number} to */
function percentOf(from, to) {
  return to < from ? percentSaved(from, to) : Math.round((to / from - 1) * 100);
}

/** @param {HTMLButtonElement} button @param {string} text */
async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Without HTTPS or permission there is no clipboard.
    button.replaceWith(element("code", text));
  }
  setTimeout(() => (button.textContent = "Copy as curl"), 2000);
}

/** @param {string} url @param {string} accept */
function curlOf(url, accept) {
  /** @param {string} text */
  const quote = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `curl -sD - -o /dev/null -H ${quote(`Accept: ${accept}`)} ${quote(url)}`;
}

/** @param {string} url @param {Blob} blob @param {Explanation} known */
function showOriginal(url, blob, known) {
  const name = `Original, ${nameOf(known.answer.source ?? "")}`;
  comparison.add("original", { name, blob }, false);
  const curl = curlOf(url, "*/*");
  showCard("original", { name, bytes: blob.size, from: blob.size, note: "What the origin sends.", curl, isOwn: false });
}

/** @param {string} url @param {string} accept @param {import("../../../../demo/public/gallery/answer.js").Answer} answer @param {boolean} isOwn */
function showFile(url, accept, answer, isOwn) {
  const name = nameOf(answer.format);
  if (isOwn) dropOwn(answer.format);
  comparison.add(answer.format, { name, blob: answer.blob }, isOwn);
  const cache = answer.hit === true ? " Cache hit." : "";
  const note = `${describeReason(answer)}${cache}`;
  showCard(answer.format, { name, bytes: answer.to, from: answer.from, note, curl: curlOf(url, accept), isOwn });
}

/** What this browser got until now, in another format. @param {string} format */
function dropOwn(format) {
  for (const card of byId("files").querySelectorAll("[data-own=yes]")) {
    if (!(card instanceof HTMLElement) || card.dataset.key === format) continue;
    card.remove();
    comparison.remove(card.dataset.key ?? "");
  }
}

/** @param {string} url @param {Explanation} known @param {string} ownAccept @param {AbortSignal} signal */
async function showOthers(url, known, ownAccept, signal) {
  const planned = (known.formats ?? []).filter(({ verdict }) => verdict === "can be made");
  for (const { format } of planned) {
    if (!askable.includes(format) || format === known.answer.format) continue;
    const isUniversal = format === "jpeg" || format === "png";
    const accept = isUniversal ? "*/*" : `image/${format},*/*;q=0.1`;
    if (accept === ownAccept) continue;
    for await (const answer of answersOf(url, accept, signal)) {
      // Where it saves nothing, another file is sent.
      if (answer.format === format) showFile(url, accept, answer, false);
    }
  }
}

/** @param {string} url @param {Pick<import("./clients.ts").Client, "name" | "ua" | "accept">} own @param {AbortSignal} signal */
async function showClients(url, own, signal) {
  const rows = [own, ...clients];
  /** @type {HTMLTableRowElement[]} */
  const made = [];
  const waiting = rows.entries();
  const work = async () => {
    for (const [index, client] of waiting) {
      const { answer } = await explain(url, client.accept, client.ua, signal);
      made[index] = rowOf(client.name, answer);
    }
  };
  await Promise.all(Array.from({ length: maxParallel }, work));
  byId("clients").replaceChildren(...made);
}

/** @param {string} text @param {string} [className] */
function cell(text, className) {
  const made = element("td", text, className);
  made.role = "cell";
  return made;
}

/** @param {string} name @param {import("./ask.js").Choice} answer */
function rowOf(name, { format, from, to, reason, source, pending }) {
  const row = document.createElement("tr");
  row.role = "row";
  const header = element("th", name);
  header.scope = "row";
  header.role = "rowheader";
  const saved = from !== undefined && to !== undefined && to < from ? `−${percentSaved(from, to)} %` : "–";
  const waited = (pending ?? []).map(nameOf).join(" and ");
  let text = "";
  if (format !== undefined) {
    const answer = { format, source, reason, pending: [] };
    text = reason === "interim" ? `The best so far; ${waited} is made when first asked for.` : describeReason(answer);
  }
  const because = cell(`${text} `);
  because.append(element("code", reason));
  row.append(
    header,
    cell(format === undefined ? "as the origin sends it" : nameOf(format)),
    cell(to === undefined ? "–" : formatBytes(to), "number"),
    cell(saved, "number"),
    because,
  );
  return row;
}

/** @param {boolean} isAskedAgain */
async function purgeShown(isAskedAgain) {
  byId("action-status").textContent = "…";
  try {
    const done = await purge(field.value);
    if (isAskedAgain) await inspect(field.value);
    byId("action-status").textContent = done;
  } catch {
    byId("action-status").textContent = "The server did not answer.";
  }
}

function start() {
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `?${new URLSearchParams({ url: field.value })}`);
    void inspect(field.value);
  });
  byId("refresh").addEventListener("click", () => void purgeShown(true));
  byId("purge").addEventListener("click", () => void purgeShown(false));
  const wanted = new URLSearchParams(location.search).get("url");
  if (wanted === null) return field.focus();
  field.value = wanted;
  void inspect(wanted);
}

start();
