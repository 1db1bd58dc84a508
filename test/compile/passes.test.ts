import * as t from "@tapeloop/core";
import type { Tape, Tensor } from "@tapeloop/core";
import { adam, defineCell, glorotUniform, gru, lstm, mse, rnn, trainStep, unroll } from "@tapeloop/nn";
import type { Cell, UnrollOptions } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { optimize } from "../../packages/core/src/compile/passes/index.js";
import {
  checkClosed,
  difference,
  inputsFor,
  nodeCount,
  ops,
} from "../../packages/core/test/compile/passes/programs.js";

const [time, batch, input, hidden] = [6, 4, 3, 5];

/** Minimal gated unit: a cell that someone might invent. */
const mgu = defineCell("mgu", {
  params: ({ input: m, hidden: n }, rng) => ({
    wf: glorotUniform(rng, [n + m, n]),
    bf: t.zeros([n]),
    wc: glorotUniform(rng, [n + m, n]),
    bc: t.zeros([n]),
  }),
  state: ({ hidden: n }, size) => ({ h: t.zeros([size, n]) }),
  step({ wf, bf, wc, bc }, { h }, x) {
    const f = t.sigmoid(t.affine(t.concat([h, x]), wf, bf));
    const c = t.tanh(t.affine(t.concat([t.mul(f, h), x]), wc, bc));
    const next = t.add(t.mul(t.sub(1, f), h), t.mul(f, c));
    return { state: { h: next }, output: next };
  },
});

/** All gates in one product, taken apart afterwards. */
const fused = defineCell("fused", {
  params: ({ input: m, hidden: n }, rng) => ({ w: glorotUniform(rng, [n + m, 3 * n]), b: t.zeros([3 * n]) }),
  state: ({ hidden: n }, size) => ({ h: t.zeros([size, n]) }),
  step({ w, b }, { h }, x) {
    const [f = h, i = h, c = h] = t.split(t.affine(t.concat([h, x]), w, b), 3);
    const next = t.add(t.mul(t.sigmoid(f), h), t.mul(t.sigmoid(i), t.tanh(c)));
    return { state: { h: next }, output: next };
  },
});

/** The closed tape of a training step: loss, gradient, clipping and Adam. */
function trainingTape<P extends t.Tree, S extends t.Tree>(
  cell: Cell<P, S>,
  options: Pick<UnrollOptions<S>, "mode" | "reverse" | "layout"> = {},
): Tape {
  const columns = options.layout === "columns";
  const params = { cell: cell.init({ input, hidden }, 1), head: t.full([hidden, 1], 0.3) };
  const optimizer = adam({ learningRate: 0.01 });
  const data = {
    xs: t.zeros(columns ? [time, input, batch] : [time, batch, input]),
    y: t.zeros([batch, 1]),
  };
  const step = trainStep({
    optimizer,
    clipNorm: 1,
    loss: (p: typeof params, { xs, y }: typeof data) => {
      const { outputs } = unroll(cell, p.cell, xs, options);
      const last = t.index(outputs, -1);
      const mean = t.mean(t.square(outputs));
      return t.add(mse(t.matmul(columns ? t.transpose(last) : last, p.head), y, { reduction: "mean" }), mean);
    },
  });
  const args = [params, optimizer.init(params), data] as const;
  const leaves = t.treeLeaves(args);
  return t.trace(
    (inputs) => {
      const [p, state, d] = t.treeUnflatten(args, inputs);
      const result = step(p, state, d);
      return t.treeTensors([result.params, result.state, result.loss, result.gradientNorm]);
    },
    leaves.map(({ tensor, path }) => ({ shape: tensor.shape, dtype: tensor.dtype, label: path })),
  );
}

/** Small positive numbers, since Adam takes roots of its state; captured constants are as they are. */
function positive(tape: Tape): Tensor[] {
  const captured = new Set(tape.captures.values());
  return inputsFor(tape).map((x, i) => {
    const input = tape.inputs[i];
    return t.isFloat(x.dtype) && input !== undefined && !captured.has(input) ? t.mul(t.abs(x), 0.3) : x;
  });
}

/** The products in the bodies of the tape's scans, in order, and those outside. */
function products(tape: Tape): { readonly loops: number[]; readonly outside: number } {
  const count = (names: readonly string[]): number => names.filter((name) => name === "matmul").length;
  const bodies = tape.nodes.flatMap((node) => Object.values(node.attrs).filter(t.isTape));
  return { loops: bodies.map((body) => count(ops(body))), outside: count(ops(tape)) };
}

describe("a training step", () => {
  const cells = { rnn, lstm, gru, mgu, fused };
  const settings = [{}, { mode: "loop" }, { reverse: true }, { layout: "columns" }] as const;

  for (const [name, cell] of Object.entries(cells)) {
    it.each(settings)(`of ${name} computes the same, optimised, with %o`, (options) => {
      const tape = trainingTape<t.Tree, t.Tree>(cell, options);
      const result = optimize(tape, (pass, before, after) => {
        checkClosed(after);
        expect(difference(before, after, positive(tape)), pass.name).toBeLessThan(3e-5);
      });
      expect(nodeCount(optimize(result))).toBe(nodeCount(result));
    });
  }

  it("of an LSTM multiplies by the recurrent weights in its loops, and by nothing else", () => {
    // Outside: x·w of four gates, the head forwards and twice backwards, and of each gate dL/dw for h and for x.
    expect(products(optimize(trainingTape(lstm)))).toEqual({ loops: [4, 4], outside: 4 + 3 + 8 });
  });

  it("of a GRU keeps three products per step, and of a cell with fused gates one", () => {
    expect(products(optimize(trainingTape(gru))).loops).toEqual([3, 3]);
    expect(products(optimize(trainingTape(fused))).loops).toEqual([1, 1]);
  });

  it("keeps scopes, and every derivative names a value that there is", () => {
    const text = String(optimize(trainingTape(lstm)));
    expect(text).toContain("lstm/forget");
    expect(text).not.toContain("an outer tape");
  });
});
