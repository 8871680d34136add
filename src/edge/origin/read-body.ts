import type { ArrivingBytes } from "./arriving-bytes.ts";
import { waitPatiently, withPatience } from "./patience.ts";

/** The beginning of a body, and the rest. */
export interface OpenedBody {
  readonly prefix: Uint8Array;
  readonly body: ReadableStream<Uint8Array>;
  /** Of the rest. */
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** The prefix is the whole body. */
  readonly ended: boolean;
  /** A read that was begun before the body was given up on; its chunk comes next. */
  readonly pending?: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
}

/** Reads until at least `wanted` bytes are there or the body ends. Rejects when the transfer breaks. */
export async function openBody(body: ReadableStream<Uint8Array>, wanted: number): Promise<OpenedBody> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < wanted) {
    const { done, value } = await reader.read();
    if (done) return { prefix: join(chunks, length), body, reader, ended: true };
    chunks.push(value);
    length += value.length;
  }
  return { prefix: join(chunks, length), body, reader, ended: false };
}

export type BodyRead =
  | { readonly kind: "whole"; readonly bytes: Uint8Array<ArrayBuffer> }
  /**
   * More than the limit, more than there is room for now, or still coming when the time was up: the body so far, opened
   * again for passing on.
   */
  | { readonly kind: "too-large" | "no-room" | "too-slow"; readonly opened: OpenedBody };

/** How long a body may take, in milliseconds. */
export interface BodyTimes {
  /** For all of it; what still comes then is handed on. */
  readonly totalMs: number;
  /** Without any byte; then the transfer hangs. */
  readonly stallMs: number;
}

/**
 * Reads an opened body to its end, however long its header said it would be, but never more than `limit` bytes.
 * Rejects when the transfer breaks or hangs.
 * @param into takes the body in, and counts it
 */
export async function readWhole(
  opened: OpenedBody,
  into: ArrivingBytes,
  limit: number,
  { totalMs, stallMs }: BodyTimes,
): Promise<BodyRead> {
  const { body, reader } = opened;
  const total = waitPatiently(totalMs);
  let isLate = false;
  let giveUp = (): void => undefined;
  void total.over.then(() => {
    isLate = true;
    giveUp();
  });
  const reopened = (pending?: OpenedBody["pending"]): OpenedBody => ({
    prefix: into.take(),
    body,
    reader,
    ended: false,
    pending,
  });
  try {
    if (!into.append(opened.prefix)) return { kind: "no-room", opened };
    for (let ended = opened.ended; !ended;) {
      if (into.length > limit) return { kind: "too-large", opened: reopened() };
      const pending = reader.read();
      // Of each read a new one: what waits for one promise of the whole time would keep every chunk until then.
      const late = new Promise<"too-slow">((resolve) => {
        giveUp = () => resolve("too-slow");
      });
      if (isLate) giveUp();
      const result = await withPatience(Promise.race([pending, late]), stallMs);
      if (result === undefined) throw new Error("The body has stopped coming.");
      if (result === "too-slow") return { kind: "too-slow", opened: reopened(pending) };
      ended = result.done;
      // A chunk for which there is no room is handed on after what was taken in.
      if (result.done) continue;
      if (!into.append(result.value)) return { kind: "no-room", opened: reopened(pending) };
      releaseChunk(result.value);
    }
    return { kind: "whole", bytes: into.take() };
  } finally {
    total.cancel();
  }
}

/** Chunks are a few kilobytes each, and collected so late that the body lies in memory twice. */
function releaseChunk(chunk: Uint8Array): void {
  const { buffer } = chunk;
  // A runtime that reads into one large buffer is not done with it.
  if (buffer instanceof ArrayBuffer && !buffer.detached && chunk.length === buffer.byteLength) buffer.transfer(0);
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
 * The whole body as a stream again: the prefix, then what the reader has left.
 * @param length of the whole body in bytes, when it is known; then the answer keeps a Content-Length.
 * @param onPrefixSent called when the prefix is not needed any more
 * @returns the stream, and a promise that the caller holds until the copying ends; it never rejects.
 */
export function resumeBody(
  opened: OpenedBody,
  length: number | undefined,
  onPrefixSent: () => void = () => undefined,
): { stream: ReadableStream; done: Promise<void> } {
  const { readable, writable } = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  const { prefix, ...rest } = opened;
  const writer = writable.getWriter();
  const sent = writer.write(prefix).finally(onPrefixSent);
  return { stream: readable, done: copyRest(rest, sent, writer, writable) };
}

/** Without the prefix, which would stay in memory until the end. */
async function copyRest(
  { body, reader, pending, ended }: Omit<OpenedBody, "prefix">,
  sent: Promise<void>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  try {
    await sent;
    const next = await pending;
    if (next?.value !== undefined) await writer.write(next.value);
    if (ended || next?.done === true) return await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    await reader.cancel(error).catch(() => undefined);
    return;
  }
  writer.releaseLock();
  reader.releaseLock();
  // By the runtime, without a copy of each chunk here. Both ends hear of it when it fails.
  await body.pipeTo(writable).catch(() => undefined);
}
