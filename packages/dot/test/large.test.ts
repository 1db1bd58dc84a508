import { expect, it } from "vitest";
import { toDot, toJson, toMermaid } from "../src/index.js";
import { recordRnn, recordRnnGradient } from "./programs.js";

/** Less than a second each, and much more where something grows with the square; machines that are busy take longer. */
const PATIENCE = 40_000;

it.each([
  ["folded", (tape: ReturnType<typeof recordRnn>) => toDot(tape)],
  ["as so many nodes", (tape) => toDot(tape, { unrolled: true })],
  ["as a whole", (tape) => toDot(tape, { unrolled: true, maxNodes: Infinity })],
  ["as data", (tape) => toJson(tape, { unrolled: true, maxNodes: Infinity })],
  ["with Mermaid", (tape) => toMermaid(tape)],
])("a tape of 100,000 operations is drawn %s in time that grows with its length", (_how, draw) => {
  const tape = recordRnn(20_000);
  const start = performance.now();
  expect(draw(tape).length).toBeGreaterThan(100);
  expect(performance.now() - start).toBeLessThan(PATIENCE);
});

it("a gradient of some 20,000 operations is drawn beside the forward pass in time that grows with its length", () => {
  const tape = recordRnnGradient(1_500);
  expect(tape.nodes.length).toBeGreaterThan(20_000);
  const start = performance.now();
  expect(toDot(tape, { backward: "beside" }).length).toBeGreaterThan(100);
  expect(performance.now() - start).toBeLessThan(PATIENCE);
});
