// A sentence for each reason that `Edge-Imaging` can name.

/** @type {Record<string, string>} */
export const reasonSentences = {
  "not-an-image": "The origin's answer is not an image.",
  bypass: "Optimising is switched off.",
  rollout: "This image is outside the share that is optimised.",
  "opted-out": "The origin or the URL asked for the original.",
  "unknown-preset": "Kept as it is: no preset has this name.",
  "not-cacheable": "The origin forbids shared caches to store it.",
  "ttl-too-short": "The original changes too soon to be worth encoding.",
  undecodable: "Kept as it is: no decoder here shows it as a browser would.",
  animated: "Kept as it is: it is an animation.",
  hdr: "Kept as it is: a variant would lose its high dynamic range.",
  "bit-depth": "Kept as it is: it has more than 8 bits per channel.",
  cmyk: "Kept as it is: it is a CMYK picture.",
  "too-large": "Kept as it is: it is too large for one job.",
  "not-resized": "Kept as it is: the preset cannot be applied to this file.",
  "not-accepted": "This client shows no format that would be smaller.",
  "format-off": "The formats this client shows are switched off.",
  "low-quality-source": "Kept as it is: it is strongly compressed already.",
  "encode-failed": "Encoding failed; it is tried again later.",
  "already-best": "Kept as it is: it is in a modern or scalable format already.",
  "not-smaller": "Kept as it is: no other format is smaller.",
  interim: "The best so far; a smaller file is being made.",
  shadow: "Trial run: the original is sent, and the saving is only reported.",
  transcoded: "The smallest file that this client shows.",
  "origin-error": "The origin answered with an error.",
};

/**
 * Shown instead of "transcoded" where the new file is made of the same data; by "source format, new format".
 * @type {Record<string, string>}
 */
export const recompressedSentences = {
  "jpeg jxl": "Made from the JPEG's own coefficients, without decoding a pixel.",
  "jpeg jpeg": "The same format in fewer bytes.",
  "png png": "The same pixels in fewer bytes.",
};
