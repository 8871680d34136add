import sharp from "sharp";

/** An image element that holds its picture; nothing where the file cannot be decoded here. */
export async function renderThumbnail(file: Uint8Array, side: number): Promise<string> {
  try {
    const small = await sharp(file).autoOrient().resize(side, side, { fit: "inside" }).webp({ quality: 60 }).toBuffer();
    return `<img alt="" src="data:image/webp;base64,${small.toString("base64")}">`;
  } catch {
    return "";
  }
}
