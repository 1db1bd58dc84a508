import { mul, sum, tanh, type Tensor, type Tree, zeros } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import type { CellLike } from "../../src/cell/structure.js";
import { mutantKinds, mutants } from "../../src/mutants/index.js";
import { derivatives } from "./derivatives.js";
import { gruLike, lstmLike, rnnLike, type Sizes } from "./cells.js";

const sizes = { input: 1, hidden: 2 };
function largest(values: readonly number[]): number {
  return Math.max(...values.map(Math.abs));
}

function itPlants<P extends Tree, S extends Tree>(
  cell: CellLike<P, S, Sizes>,
  missing: readonly string[],
): void {
  describe(`the mutants of the ${cell.name}`, () => {
    it.each(cell.name === "lstm" ? [1, 5, 20, 40] : [1, 5, 20])(
      "have its values, and another gradient in both sweeps, at T = %i",
      (steps) => {
        const set = mutants(cell, { sizes, steps });
        const right = derivatives(set.subject.fn, set.subject.inputs);
        for (const { name, fn, inputs, expectedError } of set.mutants) {
          const { value, gradient, tangent } = derivatives(fn, inputs);
          expect(value, name).toEqual(right.value);
          const off = gradient.map((g, i) => g - right.gradient[i]!);
          expect(largest(off), name).toBeGreaterThan(0);
          expect(expectedError, name).toBeGreaterThan(1e-15);
          // The sweeps are wrong alike: ⟨1, J·1⟩ is the sum of the gradient in both.
          const [total, size] = [
            gradient.reduce((a, b) => a + b),
            gradient.reduce((a, b) => a + Math.abs(b), 0),
          ];
          expect(Math.abs(tangent.reduce((a, b) => a + b) - total), name).toBeLessThan(1e-13 * size);
        }
      },
    );

    it("are of every kind, and the kinds that do not apply say why", () => {
      for (const steps of [1, 5]) {
        const { mutants: made, omitted } = mutants(cell, { sizes, steps });
        const kinds = new Set(made.map(({ kind }) => kind));
        expect(mutantKinds.filter((kind) => !kinds.has(kind))).toEqual(missing);
        expect(omitted.map(({ kind }) => kind)).toEqual(missing);
        for (const { why, reason } of omitted)
          expect([why, reason.length > 10]).toEqual(["does not apply", true]);
      }
    });

    it("are the same for the same seed, and others for another", () => {
      const errors = (seed: number): number[] =>
        mutants(cell, { sizes, steps: 2, seed }).mutants.map(({ expectedError }) => expectedError);
      expect(errors(3)).toEqual(errors(3));
      expect(errors(3)).not.toEqual(errors(4));
    });
  });
}

itPlants(rnnLike, ["swapped gates"]);
itPlants(lstmLike, []);
itPlants(gruLike, []);

describe("mutants", () => {
  it("name the steps at which they are planted, and at T = 1 cut off the initial state", () => {
    const names = (steps: number, at?: readonly number[]): string[] =>
      mutants(rnnLike, {
        sizes,
        steps,
        kinds: ["dropped time step", "cut recurrence"],
        ...(at && { at }),
      }).mutants.map(({ name }) => name);
    expect(names(1)).toEqual(["dropped time step 0", "cut recurrence at step 0"]);
    expect(names(4)).toEqual([
      "dropped time step 0",
      "dropped time step 2",
      "dropped time step 3",
      "cut recurrence at step 1",
      "cut recurrence at step 2",
      "cut recurrence at step 3",
    ]);
    expect(names(4, [1])).toEqual(["dropped time step 1", "cut recurrence at step 1"]);
  });

  it("of gates are called after them", () => {
    const kinds = ["missing gate term", "swapped gates"] as const;
    const names = mutants(lstmLike, { sizes, kinds }).mutants.map(({ name }) => name);
    expect(names).toEqual([
      ...["sigmoid in forget", "sigmoid in input", "tanh in candidate", "sigmoid in output", "tanh"].map(
        (gate) => `missing gate term: ${gate}`,
      ),
      "swapped gates: sigmoid in forget, sigmoid in input",
    ]);
  });

  it("of a cut recurrence fade with T when only the last output is shown, not when all are", () => {
    const error = (steps: number, outputs: "last" | "all"): number =>
      mutants(gruLike, { sizes, steps, outputs, kinds: ["cut recurrence"], at: [1] }).mutants[0]!
        .expectedError;
    expect(error(20, "last")).toBeLessThan(1e-3 * error(5, "last"));
    expect(error(20, "all")).toBeGreaterThan(0.1 * error(5, "all"));
  });

  it("that make no difference are told apart as equivalent", () => {
    // A state that nothing reads, and a batch of one.
    const forgetful = {
      ...rnnLike,
      step(p: { wx: Tensor; wh: Tensor; b: Tensor }, s: { h: Tensor }, x: Tensor) {
        return rnnLike.step(p, { h: mul(s.h, 0) }, x);
      },
    };
    const set = mutants(forgetful, { sizes, steps: 3, batch: 1 });
    const why = set.omitted.map(({ kind, why }) => `${kind}: ${why}`);
    expect(why).toContain("cut recurrence: equivalent");
    expect(why).toContain("unsummed broadcast: does not apply");
    expect(set.mutants.map(({ kind }) => kind)).not.toContain("cut recurrence");
  });

  it("of a cell without parameters or state say so", () => {
    const bare = {
      name: "bare",
      init: () => ({}),
      state: () => ({}),
      step: (_: object, state: Record<string, never>, x: Tensor) => ({ state, output: tanh(x) }),
    };
    const { mutants: made, omitted } = mutants(bare, { sizes });
    expect(made.map(({ kind }) => kind)).toEqual(["stale saved value"]);
    expect(new Set(omitted.map(({ why }) => why))).toEqual(new Set(["does not apply"]));
  });

  it("inside the step are left out for a step that looks at values, the others are planted", () => {
    const choosy = {
      ...rnnLike,
      step: (p: { wx: Tensor; wh: Tensor; b: Tensor }, s: { h: Tensor }, x: Tensor) =>
        rnnLike.step(p, sum(s.h).item() > 1e9 ? { h: zeros([2, 2]) } : s, x),
    };
    const { mutants: made, omitted } = mutants(choosy, { sizes });
    expect(made.map(({ kind }) => kind)).toContain("cut recurrence");
    expect(omitted.map(({ kind }) => kind)).toEqual(mutantKinds.slice(5));
    for (const { reason } of omitted) expect(reason).toMatch(/cannot be traced on shapes/);
  });

  it("of the reverse sweep alone leave the forward sweep right", () => {
    const set = mutants(rnnLike, { sizes, steps: 3, sweep: "reverse" });
    const right = derivatives(set.subject.fn, set.subject.inputs);
    for (const { name, fn, inputs } of set.mutants) {
      const wrong = derivatives(fn, inputs);
      expect(wrong.value, name).toEqual(right.value);
      expect(wrong.tangent, name).toEqual(right.tangent);
      expect(wrong.gradient, name).not.toEqual(right.gradient);
    }
  });

  it("refuse options that are out of range", () => {
    expect(() => mutants(rnnLike, { sizes, steps: 0 })).toThrow(
      /got steps 0, expected a whole number of 1 or more/,
    );
    expect(() => mutants(rnnLike, { sizes, batch: 1.5 })).toThrow(/got batch 1.5/);
    expect(() => mutants(rnnLike, { sizes, steps: 3, at: [3] })).toThrow(
      /got step 3 in at, expected .* 0 … 2/,
    );
  });
});
