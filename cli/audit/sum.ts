import { auditedClasses } from "./classes.ts";
import type { Audited } from "./measure.ts";

/** Bytes that a class saves of an image. */
export function savedBy({ source, classes }: Audited, index: number): number {
  return source.bytes - (classes[index]?.bytes ?? source.bytes);
}

/** Bytes of all originals, and of what each class would get. */
export function sumOf(all: readonly Audited[]): { readonly from: number; readonly classes: readonly number[] } {
  return {
    from: all.reduce((sum, { source }) => sum + source.bytes, 0),
    classes: auditedClasses.map((_class, index) =>
      all.reduce((sum, { source, classes }) => sum + (classes[index]?.bytes ?? source.bytes), 0),
    ),
  };
}
