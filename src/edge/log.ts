/** One line for what went wrong, as JSON, so that it can be searched: what, why, and the causes of that. */
export function logLine(error: unknown): string {
  if (typeof error === "string") return JSON.stringify({ message: error });
  if (!(error instanceof Error)) return JSON.stringify(error);
  const causes: string[] = [];
  for (let { cause } = error; cause instanceof Error && causes.length < maxCauses; { cause } = cause) {
    causes.push(cause.message);
  }
  return JSON.stringify({ message: error.message, error: error.name, causes, stack: error.stack });
}

const maxCauses = 4;
