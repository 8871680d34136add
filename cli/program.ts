import { Command } from "commander";
import ownPackage from "../package.json" with { type: "json" };
import { addVerify } from "./verify/command.ts";
import { addAudit } from "./audit/command.ts";
import { addCompare } from "./compare.ts";
import { addDoctor } from "./doctor.ts";
import { addExplain } from "./explain.ts";
import { addPurge } from "./purge.ts";
import { addServe } from "./serve.ts";
import { addSign } from "./sign.ts";
import { addWarm } from "./warm.ts";

/** Every command with its options; it throws where commander would end the process. */
export function createProgram(): Command {
  const program = new Command("edge-imaging")
    .description("Proves an image domain, explains what it sends, and says what it saves.")
    .version(ownPackage.version)
    .showHelpAfterError("(add --help for what can be asked)")
    .exitOverride();
  addVerify(program);
  addAudit(program);
  addCompare(program);
  addDoctor(program);
  addExplain(program);
  addWarm(program);
  addPurge(program);
  addSign(program);
  addServe(program);
  return program;
}
