import { ImagingError } from "../model/error.ts";
import type { AvifRefusal } from "../model/facts.ts";

/** Why an AVIF is not decoded here. What one of these says is passed on as it came. */
const avifRefusals = {
  derived: "a derived picture: a grid, an overlay or another that is put together of items",
  cropped: "a picture of which a part is shown",
  property: "an essential property that is not known here, such as the choice of a layer",
  layers: "more layers than a picture has",
  alpha: "transparency of another size than the picture, or in no picture of its own",
  size: "a stream of another size than the picture",
  colour: "a matrix that is not known here",
  damaged: "boxes or streams that contradict themselves or end early",
} as const satisfies Record<AvifRefusal, string>;

/** Thrown for a file that is not decoded here, while its header is read. */
export class AvifRefused extends ImagingError {
  readonly refusal: AvifRefusal;

  constructor(refusal: AvifRefusal) {
    super(refusal === "damaged" ? "damaged" : "unsupported", "avif", avifRefusals[refusal]);
    this.refusal = refusal;
  }
}
