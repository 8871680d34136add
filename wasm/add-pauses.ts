/**
 * Pauses inside of a module that comes without its objects, so that no linker can wrap its functions. Its loops count what
 * they do, and call an import, `host.pause(microseconds)`, as `adapters/pauses.h` does. Nothing else about them changes.
 *
 * A module is rewritten as binaryen's text, which has one instruction on each line and indents what is inside of another.
 */

/**
 * Instructions between two pauses: 3 to 6 ms as a rule. Counted are those of a loop, all of its branches, each time it goes
 * round; of loops and functions that do not count, none.
 */
const instructionsPerStep = 32_000_000;
/** What that is said to have been. */
const microsecondsPerStep = 5000;

/**
 * Loops that count: outermost ones and those right inside of them, where they hold a loop or a call. Deeper ones go round so
 * often that counting would cost a tenth of the time. A loop without both counts where it is an outermost one with a long body,
 * as checksums are, which have nobody else to count for them.
 */
const countingDepth = 2;
const longBody = 40;

interface Loop {
  readonly line: number;
  readonly indent: number;
  readonly depth: number;
  instructions: number;
  holdsWork: boolean;
}

interface WasmFunction {
  readonly name: string;
  readonly loops: Loop[];
  readonly calls: Set<string>;
}

/**
 * @param pausing exports that may pause
 * @returns the same module with an import more
 */
export async function addPauses(module: Uint8Array, pausing: readonly string[]): Promise<Uint8Array> {
  // Loading it takes longer than to see that there is nothing to do.
  const { default: binaryen } = await import("assemblyscript/binaryen");
  // They decide about how code is written, and the compiler of the kernels leaves its own.
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  binaryen.setDebugInfo(false);
  binaryen.setGenerateStackIR(true);
  binaryen.setOptimizeStackIR(true);
  const source = binaryen.readBinary(module);
  const lines = source.emitText().split("\n");
  const functions = readFunctions(lines);
  const unpaused = reachable(functions, readExports(lines, pausing));
  for (const { name, loops } of functions.values()) {
    if (!unpaused.has(name)) for (const loop of loops.filter(isCounting)) lines[loop.line] += countOf(loop);
  }
  const paused = binaryen.parseText(withCounter(lines).join("\n"));
  paused.setFeatures(source.getFeatures());
  if (paused.validate() !== 1) throw new Error("binaryen rejects what was rewritten");
  return paused.emitBinary();
}

function readFunctions(lines: readonly string[]): Map<string, WasmFunction> {
  const functions = new Map<string, WasmFunction>();
  let current: WasmFunction | undefined;
  let open: Loop[] = [];
  for (const [line, text] of lines.entries()) {
    const name = /^ \(func (\$\S+)/.exec(text)?.[1];
    if (name !== undefined) functions.set(name, (current = { name, loops: [], calls: new Set() }));
    if (name !== undefined || current === undefined) continue;
    const instruction = text.trimStart();
    const indent = text.length - instruction.length;
    const loop = open.at(-1);
    if (instruction === ")") {
      if (loop?.indent === indent) open = open.slice(0, -1);
      continue;
    }
    const isLoop = instruction.startsWith("(loop");
    const called = /^\(call(?:_indirect)? (\$[^\s)]+|)/.exec(instruction)?.[1];
    if (called !== undefined) current.calls.add(called);
    if (loop !== undefined) {
      loop.instructions++;
      loop.holdsWork ||= isLoop || called !== undefined;
    }
    if (!isLoop) continue;
    const inner: Loop = { line, indent, depth: open.length, instructions: 1, holdsWork: false };
    current.loops.push(inner);
    open = [...open, inner];
  }
  return functions;
}

/** Functions that are exported under names beside `pausing`. */
function readExports(lines: readonly string[], pausing: readonly string[]): readonly string[] {
  const exported = lines.flatMap((text) => {
    const [, name, target] = /^ \(export "(\w+)" \(func (\$[^\s)]+)\)\)$/.exec(text) ?? [];
    return name === undefined || target === undefined ? [] : [{ name, target }];
  });
  const missing = pausing.find((name) => exported.every((found) => found.name !== name));
  if (missing !== undefined) throw new Error(`no export ${missing}`);
  return exported.filter(({ name }) => !pausing.includes(name)).map(({ target }) => target);
}

function reachable(functions: ReadonlyMap<string, WasmFunction>, from: readonly string[]): ReadonlySet<string> {
  const found = new Set(from);
  // A set that grows is walked to its end.
  for (const name of found) for (const called of functions.get(name)?.calls ?? []) found.add(called);
  return found;
}

function isCounting({ depth, instructions, holdsWork }: Loop): boolean {
  return holdsWork ? depth < countingDepth : depth === 0 && instructions >= longBody;
}

function countOf({ instructions }: Loop): string {
  return ` (global.set $left (i32.sub (global.get $left) (i32.const ${instructions})))
    (if (i32.lt_s (global.get $left) (i32.const 0)) (then (call $pause)))`;
}

/** Imports precede everything else that has numbers. */
function withCounter(lines: readonly string[]): readonly string[] {
  const [first, last] = [lines.findIndex((text) => text.startsWith(" (global ")), lines.lastIndexOf(")")];
  return [
    ...lines.slice(0, first),
    ` (import "host" "pause" (func $host_pause (param i32)))`,
    ...lines.slice(first, last),
    ` (global $left (mut i32) (i32.const ${instructionsPerStep}))
 (func $pause
  (global.set $left (i32.const ${instructionsPerStep}))
  (call $host_pause (i32.const ${microsecondsPerStep})))`,
    ...lines.slice(last),
  ];
}
