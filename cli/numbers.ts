import { InvalidArgumentError } from "commander";

/** A whole number from 1. */
export function readCount(text: string): number {
  return readWhole(text, 1, Number.MAX_SAFE_INTEGER);
}

/** A port of TCP; 0 means any that is free. */
export function readPort(text: string): number {
  return readWhole(text, 0, 65_535);
}

function readWhole(text: string, least: number, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > most) {
    const upTo = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
    throw new InvalidArgumentError(`It has to be a whole number from ${least}${upTo}.`);
  }
  return number;
}
