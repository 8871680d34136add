/**
 * Gives the memory of arrays back at once: they and all views of their buffers are empty from then on. The engine collects
 * buffers late, tens of megabytes at a time, as it counts objects rather than what lies outside of its heap; an isolate has
 * 128 MB for both. Only for the owner of a buffer that is done with it.
 */
export function releaseBuffers(arrays: Iterable<ArrayBufferView>): void {
  for (const { buffer } of arrays) {
    if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
  }
}
