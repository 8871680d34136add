/** What stands against decoding a GIF: damage (or a file that browsers show in different ways), or a limit. */
export type GifFault = "damaged" | "too-large";

/** The only error that leaves `gif/`. The caller answers with the GIF itself. */
export class GifError extends Error {
  override readonly name = "GifError";
  readonly fault: GifFault;

  constructor(fault: GifFault, detail: string) {
    super(detail);
    this.fault = fault;
  }
}
