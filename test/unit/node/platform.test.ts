import { beforeAll, expect, test } from "vitest";
import { providePlatform } from "../../../node/platform.ts";

beforeAll(providePlatform);

/** As the application makes them, of what the Workers platform takes. */
test.each([
  ["IdentityTransformStream", []],
  ["FixedLengthStream", [3]],
])("%s passes bytes on", async (name, given) => {
  const Stream = Reflect.get(globalThis, name) as new (...given: unknown[]) => TransformStream<Uint8Array, Uint8Array>;
  const { readable, writable } = new Stream(...given);
  const writer = writable.getWriter();
  const written = writer.write(Uint8Array.of(1, 2, 3)).then(() => writer.close());
  expect(new Uint8Array(await new Response(readable).arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
  await written;
});
