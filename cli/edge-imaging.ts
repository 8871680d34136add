#!/usr/bin/env node
/** The command line: proves a deployment, explains it, and says what it would save. `edge-imaging --help` lists all. */
import { Command, InvalidArgumentError } from "commander";
import { addVerify } from "./verify/command.ts";
import { addAudit } from "./audit/command.ts";
import { addCompare } from "./compare.ts";
import { addDoctor } from "./doctor.ts";
import { addExplain } from "./explain.ts";
import { addPurge } from "./purge.ts";
import { addServe } from "./serve.ts";
import { addSign } from "./sign.ts";
import { addWarm } from "./warm.ts";
import { BadUsage, exitCodes, NoAnswer } from "./exit-codes.ts";

const program = new Command("edge-imaging")
  .description("Proves an image domain, explains what it sends, and says what it saves.")
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

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof BadUsage || error instanceof InvalidArgumentError) {
    console.error(`error: ${error.message}`);
    return exitCodes.badUsage;
  }
  if (error instanceof NoAnswer) {
    console.error(`error: ${error.message}`);
    return exitCodes.faults;
  }
  // Commander has said what is wrong; to ask for help is not wrong.
  if (error instanceof Error && "exitCode" in error) return error.exitCode === 0 ? exitCodes.right : exitCodes.badUsage;
  throw error;
}
