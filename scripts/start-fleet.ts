/** `npm run start:fleet -- --port P --gateways N --var NAME:VALUE`: a fleet on this machine, until it is interrupted. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "./run-tool.ts";
import { launchFleet } from "./fleet/launch.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    gateways: { type: "string", default: "2" },
    var: { type: "string", multiple: true, default: [] },
  },
});
const vars = Object.fromEntries(
  values.var.map((text) => {
    const at = text.indexOf(":");
    return [text.slice(0, at), text.slice(at + 1)];
  }),
);
const fleet = await launchFleet({
  port: Number(values.port),
  gateways: Number(values.gateways),
  vars,
  folder: join(projectRoot, "dist/fleet"),
  log: (message) => console.error(message),
});
for (const [index, url] of fleet.urls.entries()) console.log(`gateway ${index + 1}: ${url}`);
const stop = (): void => {
  void fleet.close().then(() => process.exit(0));
};
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
