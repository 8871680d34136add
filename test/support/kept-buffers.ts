const kinds = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
] as const;

type Constructor = new (...given: unknown[]) => ArrayBufferView;

/** Smaller buffers are no matter. */
const leastBytes = 16_384;

/**
 * Bytes of the buffers that `work` made with a constructor and did not give back by itself, its result not counted: what
 * waits for a collection then. Does not depend on when the engine collects.
 */
export function keptBuffers(work: () => Uint8Array): number {
  const made = new Set<ArrayBufferLike>();
  const globals = globalThis as unknown as Record<(typeof kinds)[number], Constructor>;
  const real = kinds.map((kind) => [kind, globals[kind]] as const);
  for (const [kind, constructor] of real) {
    globals[kind] = new Proxy(constructor, {
      construct(target, given) {
        const view = new target(...(given as unknown[]));
        if (view.byteLength >= leastBytes) made.add(view.buffer);
        return view;
      },
    });
  }
  try {
    made.delete(work().buffer);
  } finally {
    for (const [kind, constructor] of real) globals[kind] = constructor;
  }
  return [...made].reduce((sum, { byteLength }) => sum + byteLength, 0);
}
