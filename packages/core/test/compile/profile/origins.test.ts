import {
  compile,
  mean,
  normal,
  randomKey,
  replay,
  scan,
  square,
  sub,
  sum,
  tanh,
  transpose,
  add,
  matmul,
  treeMap2,
  valueAndGrad,
  type Explanation,
  type Tape,
  type TapeNode,
  type Tensor,
} from "@tapeloop/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScan } from "../../../src/control/scan-op.js";
import { inputsFor, randomTape } from "../passes/programs.js";
import { plainBlas } from "../plain-blas.js";

/** Operations that need no work where a value is only seen in another way, or is written where it is wanted at once. */
const mayBeFree = new Set(
  "identity stopGradient permute reshape broadcastTo slice index slidingWindows flip concat barrier".split(
    " ",
  ),
);

/** The nodes of a tape and of its loops' bodies; loops that run no step, and what is in them, do nothing. */
function working(tape: Tape): TapeNode[] {
  return tape.nodes.flatMap((node) => {
    if (!isScan(node)) return [node];
    return node.attrs.length === 0 ? [] : working(node.attrs.body);
  });
}

function everyNode(tape: Tape): TapeNode[] {
  return tape.nodes.flatMap((node) => (isScan(node) ? [node, ...everyNode(node.attrs.body)] : [node]));
}

function finalTape({ passes }: Explanation): Tape {
  const last = passes.at(-1);
  if (last === undefined) throw new Error("there is no pass");
  return last.tapes.after;
}

/** What is wrong with the kernels' nodes, one line each. */
function problems(explanation: Explanation): string[] {
  const tape = finalTape(explanation);
  const all = new Set(everyNode(tape));
  const found: string[] = [];
  const worked = new Set<TapeNode>();
  for (const [k, { kind, what, nodes }] of explanation.kernels.entries()) {
    const names = nodes.map(({ op }) => op.name);
    if (nodes.length === 0) found.push(`kernel ${k}, ${what}, has no node`);
    for (const node of nodes) {
      worked.add(node);
      if (!all.has(node)) found.push(`kernel ${k}, ${what}: ${node.op.name} is not on the tape`);
    }
    if (kind === "host" && names.join() !== what) found.push(`kernel ${k}, ${what}, is for ${names.join()}`);
    if (kind !== "product" && kind !== "pack") continue;
    const products = names.filter((name) => name === "matmul").length;
    const sums = names.filter((name) => name === "add").length;
    // A product takes in the sum that starts from it, and bodies' views cost nothing.
    if (products !== 1 || sums !== names.length - 1)
      found.push(`kernel ${k}, ${what}, is for ${names.join()}`);
  }
  for (const node of working(tape)) {
    if (!worked.has(node) && !mayBeFree.has(node.op.name)) found.push(`no kernel is for ${node.op.name}`);
  }
  return found;
}

const values = (shape: readonly number[]): Tensor => normal(randomKey(1), shape);

const weights = { w: values([6, 6]), u: values([3, 6]) };
const data = values([7, 2, 3]);

function loss(p: typeof weights, xs: Tensor): Tensor {
  const [last] = scan(
    (h: Tensor, x: Tensor) => [tanh(add(matmul(h, p.w), matmul(x, p.u))), null],
    values([2, 6]),
    xs,
  );
  return mean(square(last));
}

const step = (p: typeof weights, xs: Tensor) => {
  const [value, gradient] = valueAndGrad(loss)(p, xs);
  return { value, weights: treeMap2(p, gradient, (w, g) => sub(w, g.mul(0.1))) };
};

describe("the nodes of kernels", () => {
  it.each([0, 1, 2])(
    "are found for all kernels of random programs, differentiated %i times, and no work is without",
    (grads) => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
          const tape = randomTape(seed, { grads, size: grads === 2 ? 5 : 8, depth: 2, dtype: "float32" });
          const all = inputsFor(tape);
          const program = compile((...xs: readonly Tensor[]) => [
            ...replay(tape, [...xs, ...all.slice(xs.length)]),
          ]);
          expect(problems(program.explain(...all.slice(0, 4)))).toEqual([]);
        }),
        { numRuns: grads === 2 ? 15 : 40 },
      );
    },
  );

  it("are those of the tape that the passes left, also where a library makes the products", () => {
    const plain = compile(step).explain(weights, data);
    const native = compile(step, { blas: plainBlas() }).explain(weights, data);
    expect(native.kernels.some((kernel) => kernel.native)).toBe(true);
    expect([problems(plain), problems(native)]).toEqual([[], []]);
  });

  it("are in one kernel each, but for sums that are rounded after they have been made in float64", () => {
    const { kernels } = compile(step).explain(weights, data);
    const counts = new Map<TapeNode, number>();
    for (const { kind, nodes } of kernels) {
      // Weights are packed for their product.
      for (const node of kind === "pack" ? [] : nodes) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    const several = [...counts].filter(
      ([{ op }, count]) => count > 1 && op.name !== "sum" && op.name !== "scan",
    );
    expect(several.map(([{ op }]) => op.name)).toEqual([]);
  });

  it("of an elementwise kernel are its operations, in their order", () => {
    const { kernels } = compile((x: Tensor) => sum(square(tanh(add(x, 1))))).explain(values([5]));
    expect(kernels.map(({ nodes }) => nodes.map(({ op }) => op.name))).toEqual([
      ["add", "tanh", "square", "sum"],
    ]);
  });

  it("of a result that has to be brought in order are the view's", () => {
    const { kernels } = compile((x: Tensor) => transpose(x)).explain(values([2, 3]));
    expect(kernels.map(({ nodes }) => nodes.map(({ op }) => op.name))).toEqual([["permute"]]);
  });
});
