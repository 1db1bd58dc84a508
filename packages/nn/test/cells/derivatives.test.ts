import { describe, expect, test } from "vitest";
import { gradcheck } from "@tapeloop/check";
import "@tapeloop/check/vitest";
import {
  add,
  affine,
  customGradient,
  grad,
  hvp,
  index,
  jvp,
  matmul,
  mul,
  softplus,
  stopGradient,
  sum,
  tanh,
  timeStep,
  treeMap2,
  treeTensors,
  vjp,
  withDefaultDtype,
  zeros,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import {
  bidirectional,
  gru,
  lstm,
  manyToOne,
  oneToMany,
  rnn,
  rnnCell,
  stacked,
  unroll,
  type Cell,
  type HiddenState,
  type RnnParams,
} from "@tapeloop/nn";
import { difference, expectClose, randomLike, values } from "./support.js";

const sizes = { input: 2, hidden: 2 };
const [T, batch] = [3, 2];
const xs = values([T, batch, sizes.input], 1);

interface Subject {
  readonly cell: Cell;
  readonly params: Tree;
  readonly state: Tree;
}

function subject<P extends Tree, S extends Tree>(cell: Cell<P, S>): Subject {
  return {
    cell,
    params: randomLike(cell.init(sizes, 0), 10),
    state: randomLike(cell.state(sizes, batch), 30),
  };
}

const cells = [
  ["rnn", subject(rnn)],
  ["rnn with softplus", subject(rnnCell({ activation: softplus }))],
  ["lstm", subject(lstm)],
  ["gru", subject(gru)],
  ["gru on lstm", subject(stacked([lstm, gru]))],
] as const;

/** Outputs and last state, from everything that they depend on. */
function runner(cell: Cell, mode: "scan" | "loop") {
  return (params: Tree, state: Tree, data: Tensor) => {
    const { outputs, state: last } = unroll(cell, params, data, { state, mode });
    return [outputs, last];
  };
}

/** A scalar that weighs every output and state differently. */
function scalar(tree: Tree): Tensor {
  const parts = treeTensors(tree).map((t, i) => sum(mul(t, values(t.shape, 50 + i))));
  return parts.reduce((a, b) => add(a, b));
}

describe.each(cells)("%s", (_name, { cell, params, state }) => {
  test("passes gradcheck of first and second order in mode scan, and of first order in mode loop", () => {
    expect(runner(cell, "scan")).toPassGradcheck([params, state, xs], {
      order: 2,
      probes: 1,
      maxEntries: 16,
    });
    expect(runner(cell, "loop")).toPassGradcheck([params, state, xs], { probes: 1, maxEntries: 16 });
  });

  test.each(["scan", "loop"] as const)(
    "has forward and reverse sweeps that are each other's transpose, in mode %s",
    (mode) => {
      const run = runner(cell, mode);
      const args: [Tree, Tree, Tensor] = [params, state, xs];
      const tangents = randomLike(args, 70);
      const [outputs, pushed] = jvp(run, args, tangents);
      const cotangents = randomLike(outputs, 90);
      const pulled = vjp(run, ...args)[1](cotangents);
      expectClose(dot(pushed, cotangents), dot(pulled, tangents), 1e-13);
    },
  );

  test("has the same second-order derivatives as a scan and as a loop, reverse over reverse and forward over reverse", () => {
    const args: [Tree, Tree, Tensor] = [params, state, xs];
    const loss =
      (mode: "scan" | "loop") =>
      (all: typeof args): Tensor =>
        scalar(runner(cell, mode)(...all));
    const second = (mode: "scan" | "loop") => grad((all: typeof args) => scalar(grad(loss(mode))(all)))(args);
    expectClose(second("scan"), second("loop"));
    const along = randomLike(args, 70);
    expectClose(hvp(loss("scan"), args, along), hvp(loss("loop"), args, along));
  });
});

test("one-to-many with feedback, and both directions at once, pass gradcheck of second order", () => {
  const params = randomLike(rnn.init({ input: 3, hidden: 3 }, 0), 10);
  const generate = (p: RnnParams, x: Tensor): Tensor =>
    oneToMany(rnn, p, x, { length: 4, feedback: (y) => mul(y, 0.5) }).outputs;
  expect(generate).toPassGradcheck([params, values([2, 3], 4)], { order: 2, probes: 1, maxEntries: 16 });
  const both = { forward: randomLike(gru.init(sizes, 0), 20), backward: randomLike(gru.init(sizes, 0), 40) };
  const read = (p: typeof both, x: Tensor): Tensor => bidirectional(gru, p, x).outputs;
  expect(read).toPassGradcheck([both, xs], { order: 2, probes: 1, maxEntries: 16 });
});

test("twenty-four steps of an LSTM, many to one, pass gradcheck", () => {
  const params = randomLike(lstm.init({ input: 1, hidden: 3 }, 0), 10);
  const data = values([24, 1, 1], 2);
  expect((p: typeof params, x: Tensor) => manyToOne(lstm, p, x)).toPassGradcheck([params, data]);
});

describe("a planted error in an RNN is caught by gradcheck, and by comparing the sweeps", () => {
  const dropsState = customGradient((h: Tensor, wh: Tensor) => matmul(h, wh), {
    vjp: (dz, [h]) => [mul(h, 0), matmul(h.transpose(), dz)],
    jvp: ([dh, dwh], [h, wh]) => add(matmul(dh, wh), matmul(h, dwh)),
  });
  const flipsSign = customGradient((h: Tensor, wh: Tensor) => matmul(h, wh), {
    vjp: (dz, [h, wh]) => [matmul(dz, wh.transpose()).neg(), matmul(h.transpose(), dz)],
    jvp: ([dh, dwh], [h, wh]) => add(matmul(dh, wh), matmul(h, dwh)),
  });
  const forwardOnly = customGradient((h: Tensor, wh: Tensor) => matmul(h, wh), {
    vjp: (dz, [h, wh]) => [matmul(dz, wh.transpose()), matmul(h.transpose(), dz)],
    jvp: ([dh], [, wh]) => matmul(dh, wh),
  });
  const withProduct = (product: (h: Tensor, wh: Tensor) => Tensor): Cell<RnnParams, HiddenState> => ({
    ...rnn,
    step({ wx, wh, b }, { h }, x) {
      const next = tanh(add(affine(x, wx, b), product(h, wh)));
      return { state: { h: next }, output: next };
    },
  });
  const params = randomLike(rnn.init(sizes, 0), 10);
  const start = randomLike(rnn.state(sizes, batch), 30);
  const run = (cell: Cell<RnnParams, HiddenState>, mode: "scan" | "loop") => (p: RnnParams, x: Tensor) =>
    unroll(cell, p, x, { mode }).outputs;

  test.each([
    ["the recurrent term dropped from the reverse rule", withProduct(dropsState)],
    ["the sign of the recurrent term flipped in the reverse rule", withProduct(flipsSign)],
    ["the weight's term dropped from the forward rule", withProduct(forwardOnly)],
  ])("%s", (_name, cell) => {
    for (const mode of ["scan", "loop"] as const) {
      expect(gradcheck(run(rnn, mode), [params, xs]).pass).toBe(true);
      expect(gradcheck(run(cell, mode), [params, xs]).pass).toBe(false);
      const args: [RnnParams, Tensor] = [params, xs];
      const tangents = randomLike(args, 70);
      const [outputs, pushed] = jvp(run(cell, mode), args, tangents);
      const cotangents = randomLike(outputs, 90);
      const pulled = vjp(run(cell, mode), ...args)[1](cotangents);
      expect(difference(dot(pushed, cotangents), dot(pulled, tangents))).toBeGreaterThan(1e-3);
    }
  });

  test.each([0, 1, 2])("time step %i of 3 dropped from the gradient", (dropped) => {
    const dropping = (p: RnnParams, x: Tensor): Tensor => {
      let state = start;
      for (let t = 0; t < T; t++) {
        const own = t === dropped ? { ...p, wh: stopGradient(p.wh), wx: stopGradient(p.wx) } : p;
        ({ state } = timeStep(t, () => rnn.step(own, state, index(x, t))));
      }
      return state.h;
    };
    expectClose(dropping(params, xs), manyToOne(rnn, params, xs, { state: start }));
    expect(gradcheck(dropping, [params, xs]).pass).toBe(false);
    const [wrong, right] = [
      dropping,
      (p: RnnParams, x: Tensor) => manyToOne(rnn, p, x, { state: start }),
    ].map((fn) => grad((p: RnnParams) => scalar(fn(p, xs)))(params));
    expect(difference(wrong, right)).toBeGreaterThan(1e-3);
  });

  test("the gradient cut between the first two of forty steps, in a network that remembers them", () => {
    const data = mul(values([40, 1, 1], 3), 0.05);
    const remembering = withDefaultDtype("float64", () => rnn.init({ input: 1, hidden: 2 }, 7));
    const cut = (p: RnnParams, x: Tensor): Tensor => {
      let state: HiddenState = { h: zeros([1, 2], { dtype: "float64" }) };
      for (let t = 0; t < 40; t++) {
        const before = t === 1 ? { h: stopGradient(state.h) } : state;
        ({ state } = rnn.step(p, before, index(x, t)));
      }
      return state.h;
    };
    expectClose(cut(remembering, data), manyToOne(rnn, remembering, data));
    expect(gradcheck((p: RnnParams, x: Tensor) => manyToOne(rnn, p, x), [remembering, data]).pass).toBe(true);
    expect(gradcheck(cut, [remembering, data]).pass).toBe(false);
  });
});

/** Sum of the products of all entries of two trees. */
function dot(a: Tree, b: Tree): Tensor {
  const parts = treeTensors(treeMap2(a, b, (x, y) => sum(mul(x, y))));
  return parts.reduce((total, part) => add(total, part));
}
