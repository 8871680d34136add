/**
 * Compressed bytes handed over at once. Deflate expands at most 1032 times, so a runtime that inflates a whole write
 * before anybody reads (workerd) holds 1 MiB more than asked for at worst.
 */
const feedBytes = 1024;

/**
 * Inflates a zlib stream (RFC 1950); undefined when it is broken, cut, or gives more than `maxBytes`. It stops at that
 * bound, so that a bomb costs no more than an honest stream.
 */
export async function inflateZlib(compressed: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined> {
  const stream = new DecompressionStream("deflate");
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  // The reading side reports every failure; this side would only report it again.
  feed(stream.writable.getWriter(), compressed).catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.length;
      if (total > maxBytes) {
        await reader.cancel();
        return undefined;
      }
      chunks.push(value);
    }
  } catch {
    return undefined;
  }
  const inflated = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    inflated.set(chunk, at);
    at += chunk.length;
  }
  return inflated;
}

async function feed(writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += feedBytes) await writer.write(bytes.slice(at, at + feedBytes));
  await writer.close();
}
