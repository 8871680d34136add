/** A zlib stream (RFC 1950) of these bytes. */
export async function deflateZlib(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new CompressionStream("deflate");
  const writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> = stream.writable.getWriter();
  // Reading has to go on meanwhile, or a large input would wait for ever; a failure is reported on that side.
  const written = writer.write(bytes.slice()).then(() => writer.close());
  const [deflated] = await Promise.all([new Response(stream.readable).arrayBuffer(), written]);
  return new Uint8Array(deflated);
}
