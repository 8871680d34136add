/** Made and compressed between two pauses: some 20 ms of work. */
const bytesBetweenPauses = 200_000;

/**
 * A zlib stream (RFC 1950), in pieces, of these bytes, which may be made while they are read.
 * @param pause awaited now and then
 */
export async function deflateZlib(
  pieces: Iterable<Uint8Array<ArrayBuffer>>,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly Uint8Array[]> {
  const stream = new CompressionStream("deflate");
  // Reading has to go on meanwhile, or a large input would wait for ever; a failure is reported on that side.
  const [compressed] = await Promise.all([
    readAll(stream.readable.getReader()),
    writeAll(stream.writable.getWriter(), pieces, pause),
  ]);
  return compressed;
}

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<readonly Uint8Array[]> {
  const read: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return read;
    read.push(value);
  }
}

async function writeAll(
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
  pieces: Iterable<Uint8Array<ArrayBuffer>>,
  pause: () => Promise<void>,
): Promise<void> {
  let written = 0;
  for (const piece of pieces) {
    await writer.write(piece);
    written += piece.length;
    if (written < bytesBetweenPauses) continue;
    written = 0;
    await pause();
  }
  await writer.close();
}
