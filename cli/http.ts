import { BadUsage } from "./exit-codes.ts";

/** An answer that has been read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server that has not answered by then counts as failing. */
const timeoutMs = 60_000;

/**
 * Asks once, as the given header fields say. Redirects are followed as a browser does.
 * @throws Error with a message for a person, when there is no answer
 */
export async function ask(url: string, { method = "GET", headers = {}, body }: Ask = {}): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    throw new Error(`${url} did not answer: ${causeOf(error)}`, { cause: error });
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/**
 * @throws BadUsage for what is no address of a web server
 */
export function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new BadUsage(`${text} is not a URL with http or https`);
  return url;
}

/** The fields that prove an operator; none without a token. */
export function operatorFields(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` };
}
