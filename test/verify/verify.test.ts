import { assertDetects, gradcheck, type GradcheckOptions } from "@tapeloop/check";
import type { Tree } from "@tapeloop/core";
import { gru, lstm, rnn, type Cell } from "@tapeloop/nn";
import { expect, test } from "vitest";
import { checkCells } from "./cells.js";
import { checkOpSamples } from "./op-samples.js";
import { checkReluRnns, type Tally } from "./relu-rnn.js";

/*
 * Gradients that are right must never be called wrong. `npm test` runs a part of these checks, `npm run verify` all:
 * more than 10,000 of operations and cells, and 10,000 of ReLU networks.
 */
const isFull = process.env["TAPELOOP_VERIFY"] === "full";
const timeout = isFull ? 4 * 3_600_000 : 120_000;

function expectNoAlarm({ runs, inconclusive, failures }: Tally, allowedUndecided: number): void {
  console.log(`${runs} runs: ${failures.length} false alarms, ${inconclusive} undecided`);
  expect(failures).toEqual([]);
  expect(inconclusive / runs).toBeLessThanOrEqual(allowedUndecided);
}

test("no operation's right gradient is called wrong, to second order", { timeout }, () => {
  const seeds = Array.from({ length: isFull ? 8 : 1 }, (_, i) => i + 1);
  expectNoAlarm(checkOpSamples(seeds), 0.002);
});

test("no cell's right gradient is called wrong, whatever its size", { timeout }, () => {
  expectNoAlarm(checkCells(isFull ? 4000 : 100), 0.01);
});

test("no ReLU network over 20 time steps is called wrong, however many kinks are near", { timeout }, () => {
  expectNoAlarm(checkReluRnns(isFull ? 10_000 : 100), 0.01);
});

test("every planted mistake is found, at every length", { timeout }, () => {
  const steps = isFull ? [1, 5, 20, 40] : [1];
  const options: GradcheckOptions = { precision: isFull ? "dd" : "float64", maxEntries: 12, probes: 1 };
  const detect = <P extends Tree, S extends Tree>(cell: Cell<P, S>): boolean =>
    assertDetects((fn, inputs) => gradcheck(fn, inputs, options), cell, {
      sizes: { input: 1, hidden: 2 },
      steps,
    }).pass;
  expect([detect(rnn), detect(lstm), detect(gru)]).toEqual([true, true, true]);
});
