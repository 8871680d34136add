/** Bytes of a profile's header (ICC.1 §7.2). */
const headerBytes = 128;
const tagCountBytes = 4;
const tagBytes = 12;

/** Commands of the tag list, by tag (ISO/IEC 18181-1 §E.4.4). */
const unknownTag = 1;
const sameCurves = 2;
const consecutivePrimaries = 3;
const knownTags = [
  "cprt", "wtpt", "bkpt", "rXYZ", "gXYZ", "bXYZ", "kXYZ", "rTRC", "gTRC", "bTRC", "kTRC", "chad", "desc", "chrm",
  "dmnd", "dmdd", "lumi",
]; // prettier-ignore
const firstKnownTag = 4;
const explicitOffset = 64;
const explicitSize = 128;

/** Tags whose size is taken for that of one XYZ number. */
const xyzTags = new Set(["rXYZ", "gXYZ", "bXYZ", "kXYZ", "wtpt", "bkpt", "lumi"]);
const xyzBytes = 20;

/** Commands of the content (ISO/IEC 18181-1 §E.4.5). */
const insert = 1;
const predict = 4;
const xyzNumber = 10;
const firstType = 16;
const types = ["XYZ ", "desc", "text", "mluc", "para", "curv", "sf32", "gbd "];

/** 16-bit numbers, continued in a straight line. */
const linear16 = 0x05;

/** Curves shorter than this are not worth a command. */
const minCurveBytes = 16;

/** One entry of a profile's tag table (ICC.1 §7.3). */
interface Tag {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** Bytes that are added to at the end. */
class ByteList {
  readonly bytes: number[] = [];

  push(...bytes: number[]): void {
    this.bytes.push(...bytes);
  }

  /** Seven bits per byte, lowest first. */
  pushVarint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes.push((rest & 127) | 128);
    this.bytes.push(rest);
  }

  pushAll(bytes: Uint8Array): void {
    for (const byte of bytes) this.bytes.push(byte);
  }
}

/** Turns a profile of at least 132 bytes into commands that make it again, and the data that they take (ISO/IEC 18181-1 §E.4.3). */
export function predictProfile(profile: Uint8Array): Uint8Array {
  const commands = new ByteList();
  const data = new ByteList();
  pushHeader(profile, data);
  const tags = readTags(profile);
  commands.pushVarint(tags.length + 1);
  pushTagList(tags, commands, data);
  pushContent(profile, tags, commands, data);
  const result = new ByteList();
  result.pushVarint(profile.length);
  result.pushVarint(commands.bytes.length);
  return Uint8Array.from([...result.bytes, ...commands.bytes, ...data.bytes]);
}

function readTags(profile: Uint8Array): Tag[] {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  return Array.from({ length: view.getUint32(headerBytes) }, (_, i) => {
    const at = headerBytes + tagCountBytes + i * tagBytes;
    return { name: nameAt(profile, at), offset: view.getUint32(at + 4), size: view.getUint32(at + 8) };
  });
}

function nameAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function latin1(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes that most headers have at the same place. */
const usualHeader: readonly (readonly [at: number, bytes: readonly number[]])[] = [
  [8, [4]],
  [12, latin1("mntrRGB XYZ ")],
  [36, latin1("acsp")],
  [70, [246, 214]],
  [73, [1]],
  [78, [211, 45]],
];

/** Ends of the platform's signature, by its beginning (ICC.1 Table 20). */
const platforms = ["APPL", "MSFT", "SGI ", "SUNW"];

/** The header as differences from what is usual. */
function pushHeader(profile: Uint8Array, data: ByteList): void {
  const prediction = new Uint8Array(headerBytes);
  new DataView(prediction.buffer).setUint32(0, profile.length);
  for (const [at, bytes] of usualHeader) prediction.set(bytes, at);
  // The creator is usually the preferred CMM.
  prediction.set(profile.subarray(4, 8), 80);
  // A and M predict one platform each, S only together with the next byte.
  const first = nameAt(profile, 40);
  const known = first.startsWith("S") ? 2 : 1;
  const platform = platforms.find((name) => name.slice(0, known) === first.slice(0, known));
  if (platform !== undefined) prediction.set(latin1(platform.slice(known)), 40 + known);
  for (let i = 0; i < headerBytes; i++) data.push((profile[i] - prediction[i]) & 0xff);
}

function pushTagList(tags: readonly Tag[], commands: ByteList, data: ByteList): void {
  let previousOffset = headerBytes + tags.length * tagBytes;
  let previousSize = 0;
  for (let i = 0; i < tags.length;) {
    const { name, offset, size } = tags[i];
    const { code, covered } = tagCode(tags, i);
    const hasOffset = offset !== previousOffset + previousSize;
    const hasSize = size !== (xyzTags.has(name) ? xyzBytes : previousSize);
    commands.push(code | (hasOffset ? explicitOffset : 0) | (hasSize ? explicitSize : 0));
    if (code === unknownTag) data.push(...latin1(name));
    if (hasOffset) commands.pushVarint(offset);
    if (hasSize) commands.pushVarint(size);
    previousOffset = offset;
    previousSize = size;
    i += covered;
  }
  commands.push(0);
}

/** Command for the tags from an index on, and how many it covers. */
function tagCode(tags: readonly Tag[], index: number): { code: number; covered: number } {
  const { name, offset, size } = tags[index];
  const names = tags.slice(index, index + 3).map((tag) => tag.name);
  const [, second, third] = tags.slice(index, index + 3);
  if (names.join() === "rTRC,gTRC,bTRC") {
    const same = [second, third].every((tag) => tag.offset === offset && tag.size === size);
    if (same) return { code: sameCurves, covered: 3 };
  }
  if (names.join() === "rXYZ,gXYZ,bXYZ" && [second, third].every((tag) => tag.size === size)) {
    const inOrder = second.offset === offset + size && third.offset === offset + 2 * size;
    if (inOrder) return { code: consecutivePrimaries, covered: 3 };
  }
  const known = knownTags.indexOf(name);
  return { code: known < 0 ? unknownTag : firstKnownTag + known, covered: 1 };
}

/** The elements after the tag table, split where tags say that they begin. */
function pushContent(profile: Uint8Array, tags: readonly Tag[], commands: ByteList, data: ByteList): void {
  const begin = headerBytes + tagCountBytes + tags.length * tagBytes;
  const starts = [begin, ...tags.map(({ offset }) => offset), profile.length].filter(
    (start) => start >= begin && start <= profile.length,
  );
  const bounds = [...new Set(starts)].toSorted((a, b) => a - b);
  // Bytes without a command of their own, waiting for one that inserts them all.
  let plainFrom = begin;
  const flush = (end: number): void => {
    if (end === plainFrom) return;
    commands.push(insert);
    commands.pushVarint(end - plainFrom);
    data.pushAll(profile.subarray(plainFrom, end));
  };
  for (let i = 0; i + 1 < bounds.length; i++) {
    const start = bounds[i];
    const end = bounds[i + 1];
    const type = end - start >= 8 && isZero(profile, start + 4) ? nameAt(profile, start) : "";
    if (type === "XYZ " && end - start >= xyzBytes) {
      flush(start);
      commands.push(xyzNumber);
      data.pushAll(profile.subarray(start + 8, start + xyzBytes));
      plainFrom = start + xyzBytes;
    } else if (types.includes(type)) {
      flush(start);
      commands.push(firstType + types.indexOf(type));
      plainFrom = start + 8;
      const curveFrom = start + 12;
      const curveBytes = (end - curveFrom) & ~1;
      if (type !== "curv" || curveBytes < minCurveBytes) continue;
      flush(curveFrom);
      commands.push(predict, linear16);
      commands.pushVarint(curveBytes);
      pushCurve(profile, curveFrom, curveBytes, data);
      plainFrom = curveFrom + curveBytes;
    }
  }
  flush(profile.length);
}

function isZero(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
}

/** Differences from the straight line through the two numbers before, first all high bytes, then all low ones. */
function pushCurve(profile: Uint8Array, from: number, length: number, data: ByteList): void {
  const high: number[] = [];
  const low: number[] = [];
  for (let at = from; at < from + length; at += 2) {
    const one = (profile[at - 2] << 8) | profile[at - 1];
    const two = (profile[at - 4] << 8) | profile[at - 3];
    const predicted = 2 * one - two;
    high.push((profile[at] - (predicted >> 8)) & 0xff);
    low.push((profile[at + 1] - predicted) & 0xff);
  }
  data.pushAll(Uint8Array.from(high));
  data.pushAll(Uint8Array.from(low));
}
