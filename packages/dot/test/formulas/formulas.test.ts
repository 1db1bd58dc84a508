import {
  add,
  broadcastTo,
  label,
  matmul,
  mul,
  ones,
  record,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  transpose,
  valueAndGrad,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leavesOf, termsOf, type Leaf } from "../../src/beside/expression.js";
import { buildAll } from "../../src/graph/build.js";
import { nodesOf, type GraphNode } from "../../src/graph/model.js";
import { cells, recordCell } from "./cells.js";
import { evaluate } from "./evaluate.js";
import { readFormula } from "./read-formula.js";
import { reverseLoops, valuesAt } from "./step-values.js";

/** What the formulas of a drawing say, compared with the values on the tape at one time step. */
class Checked {
  count = 0;
  readonly #values: Map<Tensor, Tensor>;
  readonly #nodes: readonly GraphNode[];

  constructor(tape: Tape, step: number) {
    this.#values = valuesAt(tape, step);
    const { graph, beside, paths } = buildAll(tape, { unrolled: false, isBeside: true });
    this.#nodes = nodesOf(graph.root);
    if (beside === undefined || paths === undefined) return;
    for (const [id, { formula, result, names }] of beside.formulas) {
      const drawn = this.#nodes.find((node) => node.id === id);
      const text = drawn?.operation ?? "";
      for (const name of names.keys()) this.#isShown(name);
      if (text.includes("…")) continue;
      if (text === "+") {
        // Nothing but a sum of what its edges bring.
        expect(termsOf(formula)).toHaveLength(leavesOf(formula).length);
        continue;
      }
      const total = text.startsWith("Σₜ ") ? drawn?.tapeNode?.inputs[0] : undefined;
      const expected =
        total === undefined ? this.#of(result.tensor) : sub(this.#of(result.tensor), this.#of(total));
      this.#same(text, total === undefined ? text : text.slice(3), names, expected);
    }
    const loops = reverseLoops(tape);
    paths.formulas.forEach((ways) => {
      const definitions = new Map(
        ways.definitions().map((line): [string, string] => {
          const at = line.indexOf(" = ");
          return [line.slice(0, at), line.slice(at + 3)];
        }),
      );
      const sums = new Map<string, Tensor[]>();
      for (const key of ways.byKey.keys()) {
        const state = key.slice(0, key.indexOf("|"));
        const text = ways.textOf(key);
        expect(text).not.toBe("");
        if (text.includes("…")) return;
        sums.set(state, [...(sums.get(state) ?? []), this.#read(text, ways.names, definitions)]);
      }
      for (const name of ways.names.keys()) if (!definitions.has(name)) this.#isShown(name);
      for (const [state, parts] of sums) {
        const carried = loops.flatMap(
          ({ program: { names, body } }) => body.outputs[names.indexOf(state)] ?? [],
        );
        const [whole] = carried;
        if (whole === undefined) throw new Error(`${state} is carried by no loop`);
        const expected = this.#of(whole);
        const sum = parts.map((part) => broadcastTo(part, expected.shape)).reduce((a, b) => add(a, b));
        close(`the ways of ${state}`, [...sum.data], [...expected.data]);
        this.count++;
      }
    });
  }

  /** A name that nobody gave is shown somewhere. */
  #isShown(name: string): void {
    if (!/^y[₀-₉]+$/u.test(name)) return;
    const shown = this.#nodes.some((node) =>
      node.name.split(" = ").some((each) => each === name || each === `${name}[t]`),
    );
    expect(shown, `${name} is shown at no node`).toBe(true);
  }

  #of(t: Tensor): Tensor {
    return this.#values.get(t) ?? t;
  }

  /** What a formula amounts to, as a reader would work it out. */
  #read(
    text: string,
    names: ReadonlyMap<string, Leaf>,
    definitions: ReadonlyMap<string, string> = new Map(),
  ): Tensor {
    return evaluate(readFormula(text, names.keys()), (name) => {
      const leaf = names.get(name);
      if (leaf === undefined) throw new Error(`${name} in ${text} is nothing`);
      const definition = definitions.get(name);
      return definition === undefined || definition.includes("…")
        ? this.#of(leaf.tensor)
        : this.#read(definition, names, definitions);
    });
  }

  #same(what: string, text: string, names: ReadonlyMap<string, Leaf>, expected: Tensor): void {
    close(what, spread(this.#read(text, names), expected), [...expected.data]);
    this.count++;
  }
}

/** The elements of a value, broadcast to the shape of another. */
function spread(x: Tensor, as: Tensor): number[] {
  return [...broadcastTo(x, as.shape).data];
}

function close(what: string, found: readonly number[], expected: readonly number[]): void {
  const scale = Math.max(1e-3, ...expected.map((v) => Math.abs(v)));
  const isClose = expected.every(
    (v, i) => Math.abs(v - (found[i] ?? NaN)) <= 1e-5 * scale || Object.is(v, found[i]),
  );
  if (!isClose) expect({ what, found }).toEqual({ what, found: expected });
}

/** Formulas of a gradient, each after its name. */
const formulasOf = (tape: Tape): string[] =>
  nodesOf(buildAll(tape, { unrolled: false, isBeside: true }).graph.root)
    .filter(({ isFormula }) => isFormula === true)
    .map(({ name, operation }) => `${name}: ${operation}`);

describe("the formulas of a backward pass beside the forward one", () => {
  it("call a gradient by the value that it is of, which a sum shares only with what nothing else reads", () => {
    const f = (w: Tensor, x: Tensor): Tensor => {
      const a = label(tanh(matmul(x, w)), "a");
      return sum(mul(a, label(add(a, x), "n")));
    };
    const tape = record(valueAndGrad(f), label(ones([3, 3]), "w"), label(ones([2, 3]), "x")).tape;
    expect(formulasOf(tape)).toContain("da: +");
    expect(formulasOf(tape)).toContain(": da ⊙ (1 − a²)");
  });

  it("have nodes for results that are only seen in another way", () => {
    const f = (w: Tensor, b: Tensor, x: Tensor): Tensor => sum(add(matmul(x, transpose(w)), b));
    const all = record(
      valueAndGrad(f, { argnums: [0, 1] }),
      label(ones([4, 3]), "w"),
      label(ones([4]), "b"),
      label(ones([2, 3]), "x"),
    ).tape;
    expect(formulasOf(all)).toEqual([
      "y₁: xᵀ·broadcast(1, [2, 4])",
      "output 1: y₁ᵀ",
      "output 2: Σ₀ broadcast(1, [2, 4])",
    ]);
  });

  it("have brackets where powers, signs and quotients meet", () => {
    const f = (x: Tensor): Tensor => sum(mul(mul(square(square(x)), -3), sqrt(x)));
    const tape = record(valueAndGrad(f), label(ones([2]), "x")).tape;
    expect(formulasOf(tape).map((text) => text.replace(/^[^:]*: /, ""))).toEqual(
      expect.arrayContaining(["2·x²"].map((text) => expect.stringContaining(text) as string)),
    );
    expect(formulasOf(tape).join()).not.toMatch(/²²|⊙ −/);
  });

  it("are what the tape computes, and the ways of a gradient add up to it, for any cell", () => {
    let total = 0;
    fc.assert(
      fc.property(cells, (cell) => {
        total += new Checked(recordCell(cell), 0).count;
      }),
      { numRuns: 300 },
    );
    expect(total).toBeGreaterThan(500);
  });
});
