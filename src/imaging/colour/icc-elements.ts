/** A tag's data within a profile. */
export interface IccTag {
  readonly view: DataView;
  readonly start: number;
  readonly length: number;
}

type Check = (tag: IccTag, direction: Direction) => boolean;

/** From a device's channels to the connection space, or back. */
type Direction = "A2B" | "B2A";

/** What makes the data of a type whole (ICC.1:2022 §10.3, §10.6, §10.10 to §10.13, §10.18, §10.31). */
const checks = {
  "XYZ ": ({ length }) => length >= 20,
  cicp: ({ length }) => length >= 12,
  curv: (tag) => curveBytes(tag) !== undefined,
  para: (tag) => curveBytes(tag) !== undefined,
  mft1: (tag, direction) => isWholeLookUpTable(tag, 1, direction),
  mft2: (tag, direction) => isWholeLookUpTable(tag, 2, direction),
  "mAB ": isWholePipeline,
  "mBA ": isWholePipeline,
} as const satisfies Readonly<Record<string, Check>>;

type ElementType = keyof typeof checks;

/** The tags that browsers read, and the types that they take there. */
const readTags: readonly (readonly [tag: RegExp, types: readonly ElementType[]])[] = [
  [/^[rgb]XYZ$/, ["XYZ "]],
  [/^[rgbk]TRC$/, ["curv", "para"]],
  [/^A2B[01]$/, ["mft1", "mft2", "mAB "]],
  [/^B2A[01]$/, ["mft1", "mft2", "mBA "]],
  [/^cicp$/, ["cicp"]],
];

/**
 * Whether browsers can read a tag, if they read one of this name: of a type that belongs there, with all its numbers, and none
 * that they do not take. They refuse the whole profile otherwise, whichever tags they would use of it. (Measured in Chromium 156.)
 */
export function isReadableTag(tag: string, data: IccTag): boolean {
  const types = readTags.find(([pattern]) => pattern.test(tag))?.[1];
  const type = types?.find((each) => each === tagTypeOf(data));
  if (types === undefined) return true;
  return type !== undefined && checks[type](data, tag.startsWith("B2A") ? "B2A" : "A2B");
}

/** The first four bytes of a tag (§10.1). */
function tagTypeOf({ view, start }: IccTag): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((at) => view.getUint8(start + at)));
}

/** Parameters of each function type (§10.18, Table 68). */
const parameterCounts = [1, 3, 4, 5, 7] as const;

/** Bytes of a curve; undefined where it is none. */
function curveBytes(tag: IccTag): number | undefined {
  const { view, start, length } = tag;
  if (length < 12) return undefined;
  const type = tagTypeOf(tag);
  if (type === "curv") {
    // §10.6: a number of entries, and two bytes for each.
    const bytes = 12 + 2 * view.getUint32(start + 8);
    return bytes <= length ? bytes : undefined;
  }
  const count = type === "para" ? parameterCounts[view.getUint16(start + 8)] : undefined;
  if (count === undefined || length < 12 + 4 * count) return undefined;
  const parameters = Array.from({ length: count }, (_, i) => view.getInt32(start + 12 + 4 * i) / 65_536);
  return isFunction(parameters) ? 12 + 4 * count : undefined;
}

/**
 * Whether Y = (aX + b)^g from X = d on, and cX below, is a number wherever it is used: neither a, c, d, g nor what is raised to a
 * power is negative. The types without c and d begin where aX + b is 0.
 */
function isFunction(parameters: readonly number[]): boolean {
  const [g = 1, a = 1, b = 0] = parameters;
  const hasLine = parameters.length >= 5;
  const [c = 0, d = 0] = hasLine ? parameters.slice(3) : [0, a === 0 ? -1 : -b / a];
  return [g, a, c, d, Math.fround(a * d) + b].every((value) => value >= 0);
}

/** The connection space has three channels, a device has up to four. */
function areChannels(inputs: number, outputs: number, direction: Direction): boolean {
  const [device, connection] = direction === "A2B" ? [inputs, outputs] : [outputs, inputs];
  return connection === 3 && device >= (direction === "A2B" ? 1 : 3) && device <= 4;
}

/** §10.10 and §10.11: tables of so many bytes a number, after and before curves of the same. */
function isWholeLookUpTable({ view, start, length }: IccTag, bytes: 1 | 2, direction: Direction): boolean {
  const headBytes = bytes === 1 ? 48 : 52;
  if (length < headBytes) return false;
  const [inputs = 0, outputs = 0, grid = 0] = [8, 9, 10].map((at) => view.getUint8(start + at));
  const [before, after] = bytes === 1 ? [256, 256] : [view.getUint16(start + 48), view.getUint16(start + 50)];
  if (!areChannels(inputs, outputs, direction) || grid < 2) return false;
  if ([before, after].some((entries) => entries < 2 || entries > 4096)) return false;
  return headBytes + bytes * (inputs * before + grid ** inputs * outputs + outputs * after) <= length;
}

/** §10.12 and §10.13: A curves and a table on the device's side, then M curves and a matrix, and B curves, which are always there. */
function isWholePipeline(tag: IccTag, direction: Direction): boolean {
  const { view, start, length } = tag;
  if (length < 32) return false;
  const [inputs, outputs] = [view.getUint8(start + 8), view.getUint8(start + 9)];
  const [curvesB = 0, matrix = 0, curvesM = 0, table = 0, curvesA = 0] = [12, 16, 20, 24, 28].map((at) =>
    view.getUint32(start + at),
  );
  if (!areChannels(inputs, outputs, direction) || curvesB === 0 || !areCurves(tag, curvesB, 3)) return false;
  // Neither comes without the other, nor do A curves without a table.
  if ((curvesM === 0) !== (matrix === 0) || (curvesA === 0) !== (table === 0)) return false;
  if (curvesM !== 0 && (matrix + 48 > length || !areCurves(tag, curvesM, 3))) return false;
  if (curvesA === 0) return inputs === outputs;
  const device = direction === "A2B" ? inputs : outputs;
  return isWholeGrid(tag, table, inputs, outputs) && areCurves(tag, curvesA, device);
}

/** §10.12.3: points in each direction, bytes of a number, the numbers. */
function isWholeGrid({ view, start, length }: IccTag, at: number, inputs: number, outputs: number): boolean {
  if (at + 20 > length) return false;
  let numbers = outputs;
  for (let input = 0; input < inputs; input++) {
    const points = view.getUint8(start + at + input);
    if (points < 2) return false;
    numbers *= points;
  }
  const bytes = view.getUint8(start + at + 16);
  return (bytes === 1 || bytes === 2) && at + 20 + bytes * numbers <= length;
}

/** Curves one after the other, each from a multiple of four bytes on. */
function areCurves({ view, start, length }: IccTag, first: number, count: number): boolean {
  let at = first;
  for (let curve = 0; curve < count; curve++) {
    const bytes = at > length ? undefined : curveBytes({ view, start: start + at, length: length - at });
    if (bytes === undefined) return false;
    at += Math.ceil(bytes / 4) * 4;
  }
  return true;
}
