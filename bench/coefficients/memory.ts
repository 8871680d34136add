import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startEngine } from "./engine-process.ts";
import type { Form } from "./forms.ts";
import { type JpegForm, makeSheet } from "./pictures.ts";
import { canReadMemory, markPeak, readPeak } from "./resident-memory.ts";

/** MB above idle that the project allows itself, the source included. */
const cases = [
  { nominalMegapixels: 24, form: { progressive: false, chromaSubsampling: "4:2:0" }, targetMegabytes: 70 },
  { nominalMegapixels: 12, form: { progressive: true, chromaSubsampling: "4:2:0" }, targetMegabytes: 96 },
  { nominalMegapixels: 12, form: { progressive: true, chromaSubsampling: "4:4:4" }, targetMegabytes: 96 },
] as const satisfies readonly { nominalMegapixels: number; form: JpegForm; targetMegabytes: number }[];

/** What is written, by the name that the results have for it. */
const forms = { jxl: "jxl", jpeg: "optimised", "jxl-lossy": "jxl-lossy", "jpeg-lossy": "jpeg-lossy" } as const;

export interface MemoryResult {
  readonly format: keyof typeof forms;
  readonly form: JpegForm;
  readonly megapixels: number;
  readonly sourceBytes: number;
  /** Above idle, in workerd: source, engine, receipt of the request and memory not collected yet. */
  readonly workerdBytes: number;
  /** Above idle, in a Node.js process that does nothing else: source and engine. */
  readonly engineBytes: number;
  /** By `describeRecompress()`, source included: the bound that the planner judges. */
  readonly predictedBytes: number;
  readonly boundHolds: boolean;
  readonly targetMegabytes: number;
  /** Of workerd's. */
  readonly met: boolean;
}

/** Peak memory of the first large job of a process that has done a small one. Empty where the system does not report it. */
export async function measureMemory(): Promise<MemoryResult[]> {
  if (!canReadMemory) return [];
  const folder = mkdtempSync(join(tmpdir(), "coefficients-"));
  const results: MemoryResult[] = [];
  try {
    for (const { nominalMegapixels, form, targetMegabytes } of cases) {
      const small = await (await makeSheet(0.1, "detailed")).toJpeg(form);
      const { megapixels, toJpeg } = await makeSheet(nominalMegapixels, "detailed");
      const jpeg = await toJpeg(form);
      for (const format of Object.keys(forms) as (keyof typeof forms)[]) {
        const workerdBytes = await peakInWorkerd(small, jpeg, forms[format]);
        const { peakBytes, predictedBytes } = await peakInNode(folder, small, jpeg, forms[format]);
        results.push({
          format,
          form,
          megapixels,
          sourceBytes: jpeg.length,
          workerdBytes,
          engineBytes: peakBytes,
          predictedBytes,
          boundHolds: peakBytes <= predictedBytes,
          targetMegabytes,
          met: workerdBytes <= targetMegabytes * 1e6,
        });
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return results;
}

async function peakInWorkerd(small: Uint8Array, jpeg: Uint8Array, form: Form): Promise<number> {
  const engine = await startEngine();
  const { pid } = engine;
  try {
    if (pid === undefined) return Number.NaN;
    await engine.keep(small);
    await engine.run(form);
    const idleBytes = markPeak(pid);
    await engine.keep(jpeg);
    await engine.run(form);
    return readPeak(pid) - idleBytes;
  } finally {
    await engine.stop();
  }
}

interface NodePeak {
  readonly peakBytes: number;
  readonly predictedBytes: number;
}

async function peakInNode(folder: string, small: Uint8Array, jpeg: Uint8Array, form: Form): Promise<NodePeak> {
  const files = [join(folder, "small.jpg"), join(folder, "large.jpg")] as const;
  writeFileSync(files[0], small);
  writeFileSync(files[1], jpeg);
  const script = fileURLToPath(new URL("peak.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...files, form]);
  return JSON.parse(stdout) as NodePeak;
}
