/** The process that does the work, watched by another one that starts it again after a crash or a hang. */
import { loadWasmModules } from "../../node/imaging.ts";
import type { Assignment } from "./run-inputs.ts";
import { createMeter } from "./meter.ts";
import { createInputs } from "./sources.ts";

loadWasmModules();
const { createImaging } = await import("../../src/imaging/create-imaging.ts");
const { exercise } = await import("./exercise.ts");

const { seed, first, end, format } = JSON.parse(process.argv[2] ?? "{}") as Assignment;
const meter = createMeter(() => imaging.liveBytes());
const imaging = createImaging({
  pause: () => {
    meter.sample();
    return Promise.resolve();
  },
});
const inputs = createInputs(seed, format);
for (let number = first; number < end; number++) {
  const outcome = await exercise(inputs.make(number), imaging, meter);
  // Waits for room in the channel, so that what is not yet read does not fill the memory.
  await new Promise((sent) => process.send?.(outcome, sent));
}
process.disconnect();
