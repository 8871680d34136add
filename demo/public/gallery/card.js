// One card of the gallery: builds its elements once and shows what happens to its picture.
import { recompressedSentences, reasonSentences } from "./reasons.js";

/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {import("./answer.js").Answer} Answer */

/** @type {Record<string, string>} */
const formatNames = {
  jpeg: "JPEG",
  png: "PNG",
  gif: "GIF",
  tiff: "TIFF",
  webp: "WebP",
  avif: "AVIF",
  jxl: "JPEG XL",
  jp2: "JPEG 2000",
  jxr: "JPEG XR",
  svg: "SVG",
};

/** @param {string} format */
export const nameOf = (format) => formatNames[format] ?? (format.toUpperCase() || "unknown");

const wholeNumber = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const listOfNames = new Intl.ListFormat("en-GB");
const oneDigit = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Decimal kilobytes, as file managers and networks count. @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${wholeNumber.format(bytes)} B`;
  if (bytes < 100_000) return `${oneDigit.format(bytes / 1000)} kB`;
  if (bytes < 1_000_000) return `${wholeNumber.format(bytes / 1000)} kB`;
  return `${oneDigit.format(bytes / 1_000_000)} MB`;
}

/** Saving in whole percent. Less than everything is never shown as 100. @param {number} from @param {number} to */
export function percentSaved(from, to) {
  return from > 0 ? Math.min(99, Math.round((1 - to / from) * 100)) : 0;
}

/**
 * What is said of an answer.
 * @param {Pick<Answer, "format" | "source" | "reason" | "pending">} answer
 */
export function describeReason({ format, source, reason, pending }) {
  if (reason === undefined) return "The server gave no reason.";
  if (reason === "interim" && pending.length > 0) {
    const verb = pending.length > 1 ? "are" : "is";
    return `The best so far; ${listOfNames.format(pending.map(nameOf))} ${verb} being made.`;
  }
  const recompressed = reason === "transcoded" ? recompressedSentences[`${source} ${format}`] : undefined;
  return recompressed ?? reasonSentences[reason] ?? "";
}

export class Card {
  #image;
  #isStandIn = false;
  #etag = "";
  #objectUrl = "";

  /** @param {Picture} picture @param {HTMLTemplateElement} template */
  constructor(picture, template) {
    const root = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`[data-part="${name}"]`));
    this.picture = picture;
    this.root = root;
    this.part = part;
    this.#image = /** @type {HTMLImageElement} */ (part("image"));
    this.#image.width = picture.width;
    this.#image.height = picture.height;
    this.#image.alt = picture.alt;
    if (picture.fit) root.dataset.fit = picture.fit;
    if (picture.focus) root.style.setProperty("--focus", picture.focus);
    part("title").textContent = picture.title;
    part("note").textContent = picture.note;
    part("credit").textContent = picture.credit;
    this.#image.addEventListener("error", () => {
      // Only asking as another client gets here: the sizes are right, the picture cannot be shown.
      if (this.#isStandIn) root.dataset.shown = "no";
      else this.#showStandIn();
    });
    this.#image.addEventListener("load", () => {
      root.dataset.shown = this.#isStandIn ? "instead" : "yes";
    });
  }

  showLoading() {
    this.root.dataset.state = "loading";
    this.root.setAttribute("aria-busy", "true");
  }

  /** @param {string} message */
  showError(message) {
    this.root.dataset.state = "error";
    this.root.setAttribute("aria-busy", "false");
    this.part("format").textContent = "Error";
    this.part("cache").textContent = "";
    this.part("bytes").textContent = "Not loaded";
    this.part("saved").textContent = "";
    this.part("reason").textContent = message;
    this.part("token").textContent = "";
    this.root.dataset.compared = "no";
  }

  /** @param {Answer} answer @param {"interim" | "unfinished" | "done"} state  Interim: it will be asked again. */
  showAnswer(answer, state) {
    const { part, root } = this;
    root.dataset.state = state;
    root.setAttribute("aria-busy", String(state === "interim"));
    this.#showPicture(answer);

    const { from, to, source, format } = answer;
    const isChanged = source !== undefined && (source !== format || (from !== undefined && from !== to));
    part("format").textContent = isChanged ? `${nameOf(source)} → ${nameOf(format)}` : nameOf(format);
    root.dataset.changed = isChanged ? "yes" : "no";
    part("cache").textContent = answer.hit === undefined ? "" : answer.hit ? "cache hit" : "cache miss";
    this.#showBytes(answer);

    part("reason").textContent = describeReason(answer);
    part("token").textContent = answer.reason ?? "";
  }

  /** @param {Answer} answer */
  #showBytes({ from, to, saved, reason }) {
    const { part, root } = this;
    root.dataset.compared = from === undefined ? "no" : "yes";
    if (from === undefined) {
      part("bytes").textContent = formatBytes(to);
      part("saved").textContent = "";
      return;
    }
    part("bar").style.setProperty("--share", String(Math.min(1, to / from)));
    part("bytes").textContent = from === to ? formatBytes(to) : `${formatBytes(from)} → ${formatBytes(to)}`;
    if (reason === "shadow" && saved) part("saved").textContent = `would save ${percentSaved(from, from - saved)} %`;
    else if (to < from) part("saved").textContent = `−${percentSaved(from, to)} %`;
    else part("saved").textContent = to === from ? "unchanged" : `+${Math.round((to / from - 1) * 100)} %`;
    part("saved").dataset.changed = String(to < from);
  }

  /** @param {Answer} answer */
  #showPicture(answer) {
    // The same bytes again need no flicker.
    if (answer.etag !== "" && answer.etag === this.#etag) return;
    this.#etag = answer.etag;
    if (this.#objectUrl) URL.revokeObjectURL(this.#objectUrl);
    this.#objectUrl = URL.createObjectURL(answer.blob);
    this.#isStandIn = false;
    this.part("unshowable").textContent = `This browser shows no ${nameOf(answer.format)}.`;
    this.#image.src = this.#objectUrl;
  }

  /** The same picture as this browser gets it: the bytes of the answer cannot be seen, but what is in them can. */
  #showStandIn() {
    this.#isStandIn = true;
    this.part("unshowable").textContent += " Seen here is what it gets itself.";
    this.#image.src = this.picture.path;
  }
}
