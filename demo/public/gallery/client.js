// Which client the page asks as, and what an image request of that client says in `Accept`.

/** Two by two pixels in each format; what a browser shows of these, it shows. Largest saving first, as `Accept` lists them. */
const samples = {
  "image/jxl": "/woIEJBQXAgAEogCANQAXeUSAAAVKqOMG7yc6/nyQ4fFtI3rDG21bWFJosg4NkkncEgSi8DGBRiGMQwwc0gzHQhWJQk=",
  "image/avif":
    "AAAAHGZ0eXBhdmlmAAAAAG1pZjFhdmlmbWlhZgAAANZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAAA+gABAAAAAAAAACIAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABhdjAxAAAAAA5waXRtAAAAAAABAAAAVmlwcnAAAAA4aXBjbwAAAAxhdjFDgSACAAAAABRpc3BlAAAAAAAAAAIAAAACAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAgMAAAAqbWRhdBIACgc4ADaQENBpMhUZQmMEwAA0AACQQMkbbY/rmKloGMA=",
  "image/webp": "UklGRjYAAABXRUJQVlA4ICoAAACQAQCdASoCAAIAAsBMJaACdLoAA5gA/q4X/yz/z++LvHv/Fuft1y+AAAA=",
};

/** @type {Record<string, string>} */
export const acceptOfClient = {
  jxl: "image/jxl,image/avif,image/webp,*/*",
  avif: "image/avif,image/webp,*/*",
  webp: "image/webp,*/*",
  "jxl-only": "image/jxl,*/*",
  jp2: "image/jp2,*/*",
  jxr: "image/jxr,*/*",
  baseline: "*/*",
};

/** What is to be known of a client beside its `Accept`. @type {Record<string, string>} */
export const noteOfClient = {
  jp2: "Safari 5 to 17 without WebP. It does not name JPEG 2000; the Worker recognises it by its User-Agent, which a page cannot set.",
  jxr: "Internet Explorer 9 to 11. Before Windows 10 it does not name JPEG XR; the Worker recognises it by its User-Agent, which a page cannot set.",
};

/**
 * `fetch()` says `Accept: *\/*` whatever the browser can show, and `<img>` hides the headers of its answer. So the page
 * finds out by showing what an image request of this browser would say, and says the same.
 * @returns {Promise<string>}
 */
export async function detectAccept() {
  const shown = await Promise.all(
    Object.entries(samples).map(async ([type, base64]) => ((await canShow(type, base64)) ? [type] : [])),
  );
  return [...shown.flat(), "*/*"].join(",");
}

/** @param {string} type @param {string} base64 */
async function canShow(type, base64) {
  const image = new Image();
  image.src = `data:${type};base64,${base64}`;
  try {
    await image.decode();
    return image.naturalWidth === 2;
  } catch {
    return false;
  }
}
