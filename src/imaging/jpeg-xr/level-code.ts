import type { AdaptiveCode } from "./adaptive-code.ts";
import type { BitWriter } from "./bit-writer.ts";

/** Symbol and raw bits for a level less 1, below the escape. */
const symbols = Uint8Array.of(0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5);
const tailBits = Uint8Array.of(0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
const escapeSymbol = 6;

/**
 * Writes a level of 1 or more (ITU-T T.832). Coefficients of 8-bit samples stay below 2¹⁸, so the escape's longer
 * forms do not occur.
 */
export function writeLevel(writer: BitWriter, code: AdaptiveCode, level: number): void {
  const rest = level - 1;
  if (rest < 16) {
    const bits = tailBits[rest];
    code.writeWithTail(writer, symbols[rest], rest & ((1 << bits) - 1), bits);
    return;
  }
  const bits = 31 - Math.clz32(rest);
  code.writeWithTail(writer, escapeSymbol, bits - 4, 4);
  writer.put(rest & ((1 << bits) - 1), bits);
}

const shortRuns: Readonly<Record<number, string>> = { 1: "", 2: "1 0", 3: "1 01 00", 4: "1 01 001 000" };
const runSymbolCodes = ["1", "01", "001", "0000", "0001"] as const;

/** By how far a run can reach: symbol for each run from 1 on, raw bits after each symbol. */
const runBins = [
  { longest: 6, symbols: [0, 1, 2, 3, 4, 4], bits: [0, 0, 0, 0, 1] },
  { longest: 10, symbols: [0, 1, 2, 2, 3, 3, 4, 4, 4, 4], bits: [0, 0, 1, 1, 2] },
  { longest: 14, symbols: [0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4], bits: [0, 0, 1, 1, 3] },
] as const;

function runWord(run: number, longest: number): string {
  const short = shortRuns[longest];
  if (short !== undefined) return short.split(" ")[run - 1] ?? "";
  const bins = runBins.find((row) => longest <= row.longest) ?? runBins[2];
  const symbol = bins.symbols[run - 1] ?? 0;
  const bits = bins.bits[symbol] ?? 0;
  const tail = bits === 0 ? "" : ((run + 1) & ((1 << bits) - 1)).toString(2).padStart(bits, "0");
  return `${runSymbolCodes[symbol] ?? ""}${tail}`;
}

/** Codes of all runs, at 16 × longest + run. */
const runCodes = new Uint8Array(16 * 15);
const runLengths = new Uint8Array(16 * 15);
for (let longest = 1; longest <= 14; longest++) {
  for (let run = 1; run <= longest; run++) {
    const word = runWord(run, longest);
    runCodes[16 * longest + run] = Number.parseInt(`0${word}`, 2);
    runLengths[16 * longest + run] = word.length;
  }
}

/** Writes a run of 1 or more zeros where at most `longest` fit. */
export function writeRun(writer: BitWriter, run: number, longest: number): void {
  writer.put(runCodes[16 * longest + run], runLengths[16 * longest + run]);
}
