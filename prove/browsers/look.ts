/** What runs inside a page: it shares nothing with the code around it. */

/** A picture as its browser draws it, beside the original as the same browser draws that. */
export interface Look {
  readonly width: number;
  readonly height: number;
  /** Mean difference of a colour channel on white, of 255; null where the browser cannot show the original. */
  readonly difference: number | null;
}

const lookInPage = async (path: string, scale: number): Promise<Look> => {
  const load = async (src: string): Promise<HTMLImageElement> => {
    const image = new Image();
    image.src = src;
    await image.decode();
    return image;
  };
  const pixelsOf = (image: HTMLImageElement, width: number, height: number): Uint8ClampedArray => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("no canvas");
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  };
  const sent = await load(path);
  const { naturalWidth: width, naturalHeight: height } = sent;
  let original: HTMLImageElement;
  try {
    original = await load(`/_imaging/original?url=${encodeURIComponent(path)}`);
  } catch {
    return { width, height, difference: null };
  }
  const [shownWidth, shownHeight] = [Math.ceil(width / scale), Math.ceil(height / scale)];
  const [a, b] = [pixelsOf(sent, shownWidth, shownHeight), pixelsOf(original, shownWidth, shownHeight)];
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  // A quarter of the values is alpha, which is the same everywhere.
  return { width, height, difference: sum / ((a.length / 4) * 3) };
};

/** An expression for the page. `scale`: how much smaller than they are the pictures are compared, so that large ones fit. */
export function lookAt(path: string, scale = 1): string {
  return `(${lookInPage.toString()})(${JSON.stringify(path)}, ${scale})`;
}

/** The gallery asks no more, and each picture is on the screen, or cannot be shown by this browser. */
export const isGalleryComplete = `(() => {
  const cards = [...document.querySelectorAll(".card")];
  return cards.length > 0 && cards.every(({ dataset: { state, shown } }) => {
    return state === "error" || ((state === "done" || state === "unfinished") && shown !== undefined);
  });
})()`;

export const shownInGallery =
  '[...document.querySelectorAll(".card img")].filter(({ naturalWidth }) => naturalWidth > 0).length';

export const isInspectorComplete = `document.querySelectorAll("#clients tr").length > 20
  && document.querySelector("#left-image").naturalWidth > 0 && document.querySelector("#right-image").naturalWidth > 0`;
