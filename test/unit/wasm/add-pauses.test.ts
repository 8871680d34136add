import binaryen from "assemblyscript/binaryen";
import { expect, it } from "vitest";
import { addPauses } from "../../../wasm/add-pauses.ts";

/** `sum` adds up 1 to n × n in two loops. So does `alone`, which nobody awaits, and what both of them call. */
const source = `(module
  (func $sum (param $n i32) (result i32) (local $row i32) (local $at i32) (local $sum i32)
    (loop $rows
      (local.set $at (i32.const 0))
      (loop $columns
        (local.set $sum (i32.add (local.get $sum) (call $shared (i32.const 1))))
        (br_if $columns (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $n))))
      (br_if $rows (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  (func $shared (param $n i32) (result i32) (local $at i32)
    (loop $some
      (call $nothing)
      (br_if $some (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $n))))
    (local.get $at))
  (func $nothing)
  (global $any (mut i32) (i32.const 0))
  (export "sum" (func $sum))
  (export "alone" (func $shared)))`;

async function countPauses(name: "sum" | "alone", argument: number): Promise<{ result: number; pauses: number }> {
  let pauses = 0;
  const module = await addPauses(binaryen.parseText(source).emitBinary(), ["sum"]);
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(module), { host: { pause: () => void pauses++ } });
  const { [name]: called } = instance.exports as Record<typeof name, (n: number) => number>;
  return { result: called(argument), pauses };
}

it("lets loops of an export pause in proportion to their rounds, and changes no result", async () => {
  const [one, two] = [await countPauses("sum", 4000), await countPauses("sum", 8000)];
  expect([one.result, two.result]).toEqual([4000 ** 2, 8000 ** 2]);
  expect(one.pauses).toBeGreaterThan(2);
  expect(two.pauses / one.pauses).toBeCloseTo(4, 0);
});

it("lets nothing pause that an export which nobody awaits can call", async () => {
  expect(await countPauses("alone", 50_000_000)).toEqual({ result: 50_000_000, pauses: 0 });
});

it("demands the exports that are to pause", async () => {
  await expect(addPauses(binaryen.parseText(source).emitBinary(), ["product"])).rejects.toThrow("no export product");
});
