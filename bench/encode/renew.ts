import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import sharp from "sharp";
import { describeRun, type RunRecord, workerdVersion, writeRecord } from "../record.ts";
import { benchCases } from "./cases.ts";
import { measureMemory } from "./memory.ts";
import { describeEncodes, type EncodeReport } from "./report.ts";
import { timeCodecs } from "./timing.ts";

const timingLimitMs = 60_000;

/** Times the cases of one codec, e.g. `avif`, and their memory, and puts them in the place of those in the record. */
export async function renewCodec(codec: string): Promise<void> {
  const cases = benchCases.filter((each) => each.codec.startsWith(`${codec} `));
  if (cases.length === 0) throw new Error(`no case is about ${codec}`);
  const [loadBefore = 0] = loadavg();
  sharp.concurrency(1);
  sharp.cache(false);
  const results = await timeCodecs(timingLimitMs, cases);
  const memory = await measureMemory(cases);
  const file = new URL("../results/encode.json", import.meta.url);
  const before = JSON.parse(readFileSync(file, "utf8")) as RunRecord & EncodeReport;
  const isOther = (each: { readonly codec: string }): boolean => !each.codec.startsWith(`${codec} `);
  const run = describeRun(`encode ${codec}`, {
    loadBefore: Math.round(10 * loadBefore) / 10,
    workerd: workerdVersion(),
  });
  const record = {
    ...before,
    renewed: [...(before.renewed ?? []).filter((each) => each.codec !== codec), { codec, ...run }],
    results: [...before.results.filter(isOther), ...results],
    memory: [...before.memory.filter(isOther), ...memory],
  };
  console.log(describeEncodes({ ...record, results, memory, starts: [], firstRequests: [] }));
  writeRecord("encode", record);
}
