/** Controls that JSON leaves as they are, and a terminal obeys: texts of an origin may be in a message. */
const controls = /[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;

/** One line for what went wrong, as JSON, so that it can be searched: what, why, and the causes of that. */
export function logLine(error: unknown): string {
  return toJson(error).replace(controls, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function toJson(error: unknown): string {
  // Anything can be thrown, also what JSON has no text for.
  if (typeof error !== "object" || error === null) return JSON.stringify({ message: String(error) });
  if (!(error instanceof Error)) return JSON.stringify(error);
  const causes: string[] = [];
  for (let { cause } = error; cause instanceof Error && causes.length < maxCauses; { cause } = cause) {
    causes.push(cause.message);
  }
  return JSON.stringify({ message: error.message, error: error.name, causes, stack: error.stack });
}

const maxCauses = 4;
