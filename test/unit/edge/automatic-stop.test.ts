import { expect, test } from "vitest";
import { createAutomaticStop } from "../../../src/edge/automatic-stop.ts";
import { stopSeconds, stopShare, stopWindow } from "../../../src/edge/limits.ts";

function start() {
  const clock = { now: 1000 };
  const messages: string[] = [];
  return {
    clock,
    messages,
    stop: createAutomaticStop(
      () => clock.now,
      (message) => void messages.push(message),
    ),
  };
}

const allowed = Math.floor(stopWindow * stopShare);

test("stops when more than the stated share of the last pieces of work failed, for the stated time", () => {
  const { clock, messages, stop } = start();
  for (let index = 0; index < stopWindow - allowed - 1; index++) stop.note(true);
  for (let index = 0; index < allowed; index++) stop.note(false);
  expect(stop.isOn()).toBe(false);
  stop.note(false);
  expect([stop.isOn(), messages.length]).toEqual([true, 1]);
  clock.now += stopSeconds * 1000 - 1;
  expect(stop.isOn()).toBe(true);
  clock.now += 1;
  expect(stop.isOn()).toBe(false);
});

test("few pieces of work decide nothing, and what went wrong long ago does not count", () => {
  const { messages, stop } = start();
  for (let index = 0; index < stopWindow - 1; index++) stop.note(false);
  expect(stop.isOn()).toBe(false);
  const other = start();
  for (let round = 0; round < 10; round++) {
    for (let index = 0; index < allowed; index++) other.stop.note(false);
    for (let index = 0; index < stopWindow; index++) other.stop.note(true);
  }
  expect([messages, other.messages]).toEqual([[], []]);
});

test("counts again from nothing after the stop", () => {
  const { clock, messages, stop } = start();
  for (let index = 0; index < stopWindow; index++) stop.note(false);
  clock.now += stopSeconds * 1000;
  for (let index = 0; index < stopWindow - 1; index++) stop.note(false);
  expect([stop.isOn(), messages.length]).toEqual([false, 1]);
  stop.note(false);
  expect([stop.isOn(), messages.length]).toEqual([true, 2]);
});
