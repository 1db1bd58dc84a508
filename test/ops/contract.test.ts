import { afterAll, describe, expect, test } from "vitest";
import { checkSample } from "./harness.js";
import { misclassified, operations } from "./operations.js";

const all = operations();
const SAMPLES_EACH = 10;

test("every function that core exports is an operation with samples, or listed as none", () => {
  expect(misclassified()).toEqual([]);
});

test(`every operation has at least ${SAMPLES_EACH} different samples`, () => {
  const few = all.filter(({ samples }) => new Set(samples.map(({ name }) => name)).size < SAMPLES_EACH);
  expect(few.map(({ name }) => name)).toEqual([]);
});

describe("every operation keeps the contract", () => {
  test.each(all)("$name", (operation) => {
    const problems = operation.samples.flatMap((sample) => checkSample(operation, sample));
    expect(problems.join("\n")).toBe("");
  });
});

afterAll(() => {
  const samples = all.reduce((total, operation) => total + operation.samples.length, 0);
  console.log(`ops ${all.length}, samples ${samples}`);
});
