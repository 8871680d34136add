#!/usr/bin/env node
/** The command line: proves a deployment, explains it, and says what it would save. `edge-imaging --help` lists all. */
import { InvalidArgumentError } from "commander";
import { BadUsage, exitCodes, NoAnswer } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { printError } from "./print.ts";

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof BadUsage || error instanceof InvalidArgumentError) {
    printError(`error: ${error.message}`);
    return exitCodes.badUsage;
  }
  if (error instanceof NoAnswer) {
    printError(`error: ${error.message}`);
    return exitCodes.faults;
  }
  // Commander has said what is wrong; to ask for help is not wrong.
  if (error instanceof Error && "exitCode" in error) return error.exitCode === 0 ? exitCodes.right : exitCodes.badUsage;
  throw error;
}
