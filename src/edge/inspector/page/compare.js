// Two pictures, one over the other: a slider between them, zoom to pixels, and their difference.

/**
 * @typedef {object} Shown
 * @property {string} name
 * @property {Blob} blob
 */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Comparison {
  /** @type {Map<string, Shown>} */
  #files = new Map();
  /** @type {Record<"left" | "right", string>} */
  #urls = { left: "", right: "" };

  constructor() {
    for (const id of ["left", "right"]) byId(id).addEventListener("change", () => void this.#show());
    byId("zoom").addEventListener("change", () => this.#zoom());
    byId("difference").addEventListener("change", () => this.#showDifference());
    const split = /** @type {HTMLInputElement} */ (byId("split"));
    split.addEventListener("input", () => byId("pair").style.setProperty("--split", `${split.value}%`));
  }

  clear() {
    this.#files.clear();
    for (const id of ["left", "right"]) byId(id).replaceChildren();
  }

  /** @param {string} key @param {Shown} shown @param {boolean} isPreferred  Whether it is what the slider begins with, on the right. */
  add(key, shown, isPreferred) {
    this.#files.set(key, shown);
    for (const side of /** @type {const} */ (["left", "right"])) {
      const select = /** @type {HTMLSelectElement} */ (byId(side));
      const chosen = select.value;
      const option = [...select.options].find(({ value }) => value === key) ?? new Option(shown.name, key);
      option.text = shown.name;
      if (option.parentElement === null) select.add(option);
      select.value = side === "right" && isPreferred ? key : chosen || key;
    }
    void this.#show();
  }

  /** @param {string} key */
  remove(key) {
    this.#files.delete(key);
    for (const side of ["left", "right"])
      byId(side)
        .querySelector(`option[value="${CSS.escape(key)}"]`)
        ?.remove();
  }

  async #show() {
    await Promise.all(/** @type {const} */ (["left", "right"]).map((side) => this.#showSide(side)));
    this.#zoom();
    this.#showDifference();
  }

  /** @param {"left" | "right"} side */
  async #showSide(side) {
    const file = this.#files.get(/** @type {HTMLSelectElement} */ (byId(side)).value);
    const image = /** @type {HTMLImageElement} */ (byId(`${side}-image`));
    if (file === undefined) return;
    if (this.#urls[side]) URL.revokeObjectURL(this.#urls[side]);
    this.#urls[side] = URL.createObjectURL(file.blob);
    image.src = this.#urls[side];
    image.alt = `${side === "left" ? "Left" : "Right"}: ${file.name}`;
    try {
      await image.decode();
      byId("compare-note").textContent = "";
    } catch {
      byId("compare-note").textContent = `This browser cannot show ${file.name}.`;
    }
  }

  #zoom() {
    const scale = Number(/** @type {HTMLSelectElement} */ (byId("zoom")).value);
    const { naturalWidth, naturalHeight } = /** @type {HTMLImageElement} */ (byId("right-image"));
    const pair = byId("pair");
    // To fit is as much of the window as leaves room for the slider.
    const fitted = `min(100%, ${naturalWidth}px, ${(70 * naturalWidth) / (naturalHeight || 1)}vh)`;
    pair.style.setProperty("--shown-width", scale === 0 ? fitted : `${naturalWidth * scale}px`);
    pair.style.setProperty("--rendering", scale > 1 ? "pixelated" : "auto");
  }

  #showDifference() {
    const canvas = /** @type {HTMLCanvasElement} */ (byId("difference-image"));
    const left = /** @type {HTMLImageElement} */ (byId("left-image"));
    const right = /** @type {HTMLImageElement} */ (byId("right-image"));
    const isWanted = /** @type {HTMLInputElement} */ (byId("difference")).checked;
    canvas.hidden = !isWanted || left.naturalWidth === 0 || right.naturalWidth === 0;
    if (canvas.hidden) return;
    canvas.width = right.naturalWidth;
    canvas.height = right.naturalHeight;
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.drawImage(right, 0, 0);
    context.globalCompositeOperation = "difference";
    context.drawImage(left, 0, 0, canvas.width, canvas.height);
  }
}
