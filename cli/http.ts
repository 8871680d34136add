import { BadUsage, NoAnswer } from "./exit-codes.ts";

/** An answer that has been read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * Bytes that are read of an answer, after decompression, before it counts as failing: a server that never ends would fill the
 * memory. Four times what the Worker itself takes of a source, since larger files pass through it.
 */
const maxAnswerBytes = 100 * 1024 * 1024;

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxBytes?: number;
}

/** A server that has not answered by then counts as failing. */
const timeoutMs = 60_000;

/**
 * Asks once, as the given header fields say. Redirects are followed as a browser does.
 * @throws NoAnswer
 */
export async function ask(
  url: string,
  { method = "GET", headers = {}, body, maxBytes = maxAnswerBytes }: Ask = {},
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, headers: response.headers, body: await readAnswer(response, maxBytes) };
  } catch (error) {
    throw new NoAnswer(`${url} did not answer: ${causeOf(error)}`, { cause: error });
  }
}

/**
 * @param maxBytes what is beyond is not read, and the connection is given up
 * @throws Error where there is more
 */
export async function readAnswer(response: Response, maxBytes = maxAnswerBytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`it sends more than ${Math.round(maxBytes / 1024)} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
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
