import { InvalidArgumentError } from "commander";

/** A whole number from 1. */
export function readCount(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It has to be a whole number from 1.");
  return number;
}
