/** The beginning of a body and a reader that stands behind it. */
export interface OpenedBody {
  readonly prefix: Uint8Array;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** The prefix is the whole body. */
  readonly ended: boolean;
}

/** Reads until at least `wanted` bytes are there or the body ends. Rejects when the transfer breaks. */
export async function openBody(body: ReadableStream<Uint8Array>, wanted: number): Promise<OpenedBody> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < wanted) {
    const { done, value } = await reader.read();
    if (done) return { prefix: join(chunks, length), reader, ended: true };
    chunks.push(value);
    length += value.length;
  }
  return { prefix: join(chunks, length), reader, ended: false };
}

export type BodyRead =
  | { readonly kind: "whole"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** More than the limit: the body so far, opened again for passing on. */
  | { readonly kind: "too-large"; readonly opened: OpenedBody };

/**
 * Reads an opened body to its end, however long its header said it would be, but never more than `limit` bytes.
 * Rejects when the transfer breaks or takes longer than `timeoutMs`.
 */
export async function readWhole(opened: OpenedBody, limit: number, timeoutMs: number): Promise<BodyRead> {
  const { reader } = opened;
  const chunks: Uint8Array[] = [opened.prefix];
  let length = opened.prefix.length;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The body did not end in time.")), timeoutMs);
  try {
    for (let ended = opened.ended; !ended;) {
      if (length > limit) return { kind: "too-large", opened: { prefix: join(chunks, length), reader, ended: false } };
      const result = await Promise.race([reader.read(), late]);
      ended = result.done;
      if (!result.done) {
        chunks.push(result.value);
        length += result.value.length;
      }
    }
    return { kind: "whole", bytes: join(chunks, length) };
  } finally {
    clearTimeout(timer);
  }
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * The whole body as a stream again: the prefix, then what the reader has left. The copying is left to the runtime.
 * @param length of the whole body in bytes, when it is known; then the answer keeps a Content-Length.
 * @returns the stream, and a promise that the caller holds until the copying ends; it never rejects.
 */
export function resumeBody(
  opened: OpenedBody,
  length: number | undefined,
): { stream: ReadableStream; done: Promise<void> } {
  const { readable, writable } = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  const copy = async (): Promise<void> => {
    const writer = writable.getWriter();
    try {
      await writer.write(opened.prefix);
      for (let ended = opened.ended; !ended;) {
        const result = await opened.reader.read();
        ended = result.done;
        if (!result.done) await writer.write(result.value);
      }
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => undefined);
      await opened.reader.cancel(error).catch(() => undefined);
    }
  };
  return { stream: readable, done: copy() };
}
