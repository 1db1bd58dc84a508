import { describe, expect, expectTypeOf, test } from "vitest";
import {
  concat,
  grad,
  index,
  matmul,
  mul,
  normal,
  record,
  slice,
  sub,
  sum,
  transpose,
  treeMap2,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import {
  bidirectional,
  defineCell,
  gru,
  linear,
  lstm,
  rnn,
  sizesOf,
  stacked,
  unroll,
  type Cell,
  type GruParams,
  type HiddenState,
  type LstmParams,
  type LstmState,
} from "@tapeloop/nn";
import { expectClose, randomLike, values } from "./support.js";

const sizes = { input: 3, hidden: 4 };
const xs = values([5, 2, 3], 1);

describe("stacked", () => {
  const cell = stacked([lstm, gru, rnn]);
  const params = randomLike(cell.init(sizes, 0), 10);

  test("knows the parameters and states of layers of different kinds by their types", () => {
    expectTypeOf(stacked([lstm, gru])).toEqualTypeOf<
      Cell<readonly [LstmParams, GruParams], readonly [LstmState, HiddenState]>
    >();
    expectTypeOf(params[1].whn).toEqualTypeOf<Tensor>();
    const same = Array.from({ length: 3 }, () => lstm);
    expectTypeOf(stacked(same)).toEqualTypeOf<Cell<readonly LstmParams[], readonly LstmState[]>>();
  });

  test("equals one layer run over the outputs of the layer below, with all gradients", () => {
    const state = randomLike(cell.state(sizes, 2), 40);
    const whole = (p: typeof params, x: Tensor): Tensor => unroll(cell, p, x, { state }).outputs;
    const layers = (p: typeof params, x: Tensor): Tensor => {
      const first = unroll(lstm, p[0], x, { state: state[0] }).outputs;
      const second = unroll(gru, p[1], first, { state: state[1] }).outputs;
      return unroll(rnn, p[2], second, { state: state[2] }).outputs;
    };
    const loss = (run: typeof whole) => (p: typeof params, x: Tensor) =>
      sum(mul(run(p, x), values([5, 2, 4], 7)));
    expectClose(whole(params, xs), layers(params, xs));
    const both = { argnums: [0, 1] } as const;
    expectClose([...grad(loss(whole), both)(params, xs)], [...grad(loss(layers), both)(params, xs)]);
  });

  test("gives each layer the output size of the one below", () => {
    const projected = stacked([projecting, rnn]);
    const made = projected.init({ input: 3, hidden: 4 }, 0);
    expect(made[1].wx.shape).toEqual([2, 4]);
    expect(projected.outputSize(sizes)).toBe(4);
    expect(stacked([rnn, projecting]).outputSize(sizes)).toBe(2);
    expect(unroll(projected, randomLike(made, 5), xs).outputs.shape).toEqual([5, 2, 4]);
  });

  test("draws other parameters for each layer, and infers its sizes like any cell", () => {
    const two = stacked([rnn, rnn]).init({ input: 4, hidden: 4 }, 1);
    expect(two[0].wx.toArray()).not.toEqual(two[1].wx.toArray());
    expect(sizesOf(cell, params, 3)).toEqual(sizes);
  });

  test("names its layers in scopes", () => {
    const { tape } = record((x: Tensor) => unroll(cell, params, x, { mode: "loop" }).outputs, xs);
    const scopes = new Set(tape.nodes.map(({ where }) => where.scope));
    expect(scopes).toContain("stacked/layer 0/lstm/forget");
    expect(scopes).toContain("stacked/layer 1/gru/update");
  });

  test("refuses an empty list, and parameters or states of another number of layers", () => {
    expect(() => stacked([])).toThrow("stacked: got no layers, expected at least one");
    const two = stacked<readonly Cell[]>([rnn, rnn]);
    const state = two.state(sizes, 2);
    const x = zeros([2, 3]);
    expect(() => two.step([], state, x)).toThrow(
      "stacked: got a list of 0 as parameters, expected 2, one per layer; in stacked",
    );
    expect(() => two.step(two.init(sizes, 0), [], x)).toThrow(
      "stacked: got a list of 0 as states, expected 2",
    );
  });
});

/** A cell that shows two mixtures of its state. */
const projecting = defineCell("projecting", {
  params: ({ input, hidden }, rng) => ({
    w: normal(rng.key(), [hidden + input, hidden]),
    out: normal(rng.key(), [hidden, 2]),
  }),
  state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
  step({ w, out }, { h }, x) {
    const next = matmul(concat([h, x]), w).tanh();
    return { state: { h: next }, output: matmul(next, out) };
  },
  outputSize: () => 2,
});

describe("bidirectional", () => {
  const params = {
    forward: randomLike(lstm.init(sizes, 0), 10),
    backward: randomLike(lstm.init(sizes, 0), 30),
  };
  const state = {
    forward: randomLike(lstm.state(sizes, 2), 50),
    backward: randomLike(lstm.state(sizes, 2), 60),
  };

  test("joins the outputs of both directions at each time step", () => {
    const { outputs, state: last } = bidirectional(lstm, params, xs, { state });
    const forward = unroll(lstm, params.forward, xs, { state: state.forward });
    const backward = unroll(lstm, params.backward, xs, { state: state.backward, reverse: true });
    expectClose(outputs, concat([forward.outputs, backward.outputs]));
    expectClose(last, { forward: forward.state, backward: backward.state });
  });

  test("reads the whole sequence at every step, and each half only its own side", () => {
    const at = (t: number, half: "forward" | "backward") => (x: Tensor) => {
      const y = index(bidirectional(lstm, params, x).outputs, t);
      return sum(slice(y, half === "forward" ? [null, [0, 4]] : [null, [4]]));
    };
    const reached = (gradient: Tensor) =>
      Array.from({ length: 5 }, (_, t) => index(gradient, t).data.some((v) => v !== 0));
    expect(reached(grad(at(2, "forward"))(xs))).toEqual([true, true, true, false, false]);
    expect(reached(grad(at(2, "backward"))(xs))).toEqual([false, false, true, true, true]);
  });

  test("gives the same with rows and columns, and as a scan and as a loop", () => {
    const turned = {
      forward: { h: transpose(state.forward.h), c: transpose(state.forward.c) },
      backward: { h: transpose(state.backward.h), c: transpose(state.backward.c) },
    };
    const rows = bidirectional(lstm, params, xs, { state });
    const columns = bidirectional(lstm, params, transpose(xs), { state: turned, layout: "columns" });
    expectClose(transpose(columns.outputs), rows.outputs);
    expectClose({ ...bidirectional(lstm, params, xs, { state, mode: "loop" }) }, { ...rows });
  });

  test("names its directions in scopes", () => {
    const { tape } = record((x: Tensor) => bidirectional(lstm, params, x, { mode: "loop" }).outputs, xs);
    const scopes = new Set(tape.nodes.map(({ where }) => where.scope));
    expect(scopes).toContain("forward/lstm/forget");
    expect(scopes).toContain("backward/lstm/output");
  });

  test("a readout over both directions trains like any other", () => {
    const readout = randomLike(linear.init({ input: 8, output: 1 }, 0), 70);
    const loss = (p: typeof params) =>
      sum(linear.apply(readout, bidirectional(lstm, p, xs).outputs).square());
    const gradient = grad(loss)(params);
    const moved = treeMap2(params, gradient, (t, g) => sub(t, mul(g, 1e-3)));
    expect(loss(moved).item()).toBeLessThan(loss(params).item());
  });
});
