/** The classes of one source whose stored answer is final, and those who wait for that. */
export interface FinalClasses {
  has(classToken: string): boolean;
  add(classToken: string): void;
  /** Settles when the class is added; maybe never. */
  waitFor(classToken: string): Promise<void>;
}

export function createFinalClasses(): FinalClasses {
  const added = new Set<string>();
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  return {
    has: (classToken) => added.has(classToken),
    add(classToken) {
      added.add(classToken);
      waiting.get(classToken)?.resolve();
    },
    waitFor(classToken) {
      if (added.has(classToken)) return Promise.resolve();
      const known = waiting.get(classToken) ?? Promise.withResolvers<void>();
      waiting.set(classToken, known);
      return known.promise;
    },
  };
}
