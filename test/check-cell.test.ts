import { gru, lstm, rnnCell } from "@tapeloop/nn";
import { relu } from "@tapeloop/core";
import { expect, test } from "vitest";
import { checkCell } from "../packages/check/src/cell/check-cell.js";

const few = { steps: [1, 3], batches: [2], maxEntries: 8 } as const;

test.each([
  ["lstm", () => checkCell(lstm, { sizes: { input: 2, hidden: 3 }, ...few })],
  ["gru", () => checkCell(gru, { sizes: { input: 2, hidden: 3 }, ...few })],
  ["rnn", () => checkCell(rnnCell(), { sizes: { input: 2, hidden: 3 }, ...few })],
  [
    "rnn with relu",
    () => checkCell(rnnCell({ activation: relu }), { sizes: { input: 2, hidden: 3 }, ...few }),
  ],
] as const)("checkCell passes the library's own %s", (_name, check) => {
  const report = check();
  expect(String(report)).toMatch(/^check of cell \w+ passed/);
  expect(report.timeline?.steps).toBe(3);
});
