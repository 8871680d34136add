/** What a script may rely on. */
export const exitCodes = { right: 0, faults: 1, badUsage: 2 } as const;

/** What the caller asked for cannot be done. The message is for a person. */
export class BadUsage extends Error {}

/** A server that does not answer, or not as it should; its message is for a person. */
export class NoAnswer extends Error {}
