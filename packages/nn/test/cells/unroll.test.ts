import { describe, expect, test } from "vitest";
import {
  attributeEntries,
  broadcastTo,
  formatWhere,
  isTape,
  record,
  concat,
  expandDims,
  flip,
  grad,
  index,
  matmul,
  mul,
  slice,
  stack,
  sum,
  transpose,
  treeMap,
  withDefaultDtype,
  zeros,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { gru, learnedState, linear, lstm, manyToOne, oneToMany, rnn, unroll, type Cell } from "@tapeloop/nn";
import { expectClose, randomLike, values } from "./support.js";

const sizes = { input: 3, hidden: 4 };
const [T, batch] = [6, 2];
const xs = values([T, batch, sizes.input], 1);

/** A cell with parameters and a start of its own, as one value, so that cells of all kinds take the same tests. */
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
  ["lstm", subject(lstm)],
  ["gru", subject(gru)],
] as const;

/** A number that depends on every output and on every tensor of the last state. */
function lossOf({ outputs, state }: { readonly outputs: Tensor; readonly state: Tree }): Tensor {
  let total = sum(mul(outputs, values(outputs.shape, 50)));
  treeMap(state, (t, path) => {
    total = total.add(sum(mul(t, values(t.shape, 60 + path.length))));
    return t;
  });
  return total;
}

describe.each(cells)("%s", (_name, { cell, params, state }) => {
  const both = { argnums: [0, 1, 2] } as const;

  test("gives outputs [time, batch, features] and the state after the last step", () => {
    const { outputs, state: last } = unroll(cell, params, xs, { state });
    expect(outputs.shape).toEqual([T, batch, sizes.hidden]);
    let expected = state;
    for (let t = 0; t < T; t++) {
      const result = cell.step(params, expected, index(xs, t));
      expectClose(index(outputs, t), result.output);
      expected = result.state;
    }
    expectClose(last, expected);
  });

  test("gives the same as a scan and as a loop, with all gradients, in both directions", () => {
    for (const reverse of [false, true]) {
      const run = (mode: "scan" | "loop") => (p: Tree, s: Tree, x: Tensor) =>
        lossOf(unroll(cell, p, x, { state: s, mode, reverse }));
      expectClose(run("scan")(params, state, xs), run("loop")(params, state, xs));
      expectClose(
        [...grad(run("scan"), both)(params, state, xs)],
        [...grad(run("loop"), both)(params, state, xs)],
      );
    }
  });

  test.each(["scan", "loop"] as const)("gives the same with rows and with columns, in mode %s", (mode) => {
    const rows = unroll(cell, params, xs, { state, mode });
    const turned = treeMap(state, (t) => transpose(t));
    const columns = unroll(cell, params, transpose(xs), { state: turned, mode, layout: "columns" });
    expect(columns.outputs.shape).toEqual([T, sizes.hidden, batch]);
    expectClose(transpose(columns.outputs), rows.outputs);
    expectClose(
      treeMap(columns.state, (t) => transpose(t)),
      rows.state,
    );
    expectClose(
      manyToOne(cell, params, transpose(xs), { state: turned, mode, layout: "columns" }),
      transpose(manyToOne(cell, params, xs, { state, mode })),
    );
  });

  test("run in two halves with the state carried over equals one whole run, with all gradients", () => {
    const whole = (p: Tree, s: Tree, x: Tensor) => lossOf(unroll(cell, p, x, { state: s }));
    const halves = (p: Tree, s: Tree, x: Tensor) => {
      const first = unroll(cell, p, slice(x, [[0, 2]]), { state: s });
      const second = unroll(cell, p, slice(x, [[2]]), { state: first.state });
      return lossOf({ outputs: concat([first.outputs, second.outputs], 0), state: second.state });
    };
    expectClose(halves(params, state, xs), whole(params, state, xs));
    expectClose([...grad(halves, both)(params, state, xs)], [...grad(whole, both)(params, state, xs)]);
  });

  test.each(["scan", "loop"] as const)(
    "run in reverse equals a run over the reversed data, in mode %s",
    (mode) => {
      const backwards = unroll(cell, params, xs, { state, mode, reverse: true });
      const reversed = unroll(cell, params, flip(xs, 0), { state, mode });
      expectClose(backwards.outputs, flip(reversed.outputs, 0));
      expectClose(backwards.state, reversed.state);
      expectClose(manyToOne(cell, params, xs, { state, mode, reverse: true }), index(backwards.outputs, 0));
    },
  );

  test("many-to-one is the last output", () => {
    const { outputs } = unroll(cell, params, xs, { state });
    expectClose(manyToOne(cell, params, xs, { state }), index(outputs, T - 1));
  });

  test("one-to-many without feedback reads x once, then zeros", () => {
    const x = index(xs, 0);
    const data = concat([expandDims(x, 0), zeros([T - 1, batch, sizes.input], { dtype: "float64" })], 0);
    const expected = unroll(cell, params, data, { state });
    for (const mode of ["scan", "loop"] as const) {
      expectClose({ ...oneToMany(cell, params, x, { state, length: T, mode }) }, { ...expected });
    }
    const turned = treeMap(state, (t) => transpose(t));
    const columns = oneToMany(cell, params, transpose(x), { state: turned, length: T, layout: "columns" });
    expectClose(transpose(columns.outputs), expected.outputs);
  });

  test("one-to-many with feedback reads its own outputs, with all gradients", () => {
    const readout = values([sizes.hidden, sizes.input], 70);
    const run = (mode: "scan" | "loop") => (p: Tree, s: Tree, x: Tensor, w: Tensor) =>
      lossOf(oneToMany(cell, p, x, { state: s, length: 4, mode, feedback: (y) => matmul(y, w) }));
    const byHand = (p: Tree, s: Tree, x: Tensor, w: Tensor) => {
      const outputs: Tensor[] = [];
      let [last, input] = [s, x];
      for (let t = 0; t < 4; t++) {
        const result = cell.step(p, last, input);
        outputs.push(result.output);
        [last, input] = [result.state, matmul(result.output, w)];
      }
      return lossOf({ outputs: stack(outputs), state: last });
    };
    const args = [params, state, index(xs, 0), readout] as const;
    const all = { argnums: [0, 1, 2, 3] } as const;
    for (const mode of ["scan", "loop"] as const) {
      expectClose(run(mode)(...args), byHand(...args));
      expectClose([...grad(run(mode), all)(...args)], [...grad(byHand, all)(...args)]);
    }
    const columns = oneToMany(cell, params, transpose(index(xs, 0)), {
      state: treeMap(state, (t) => transpose(t)),
      length: 4,
      layout: "columns",
      feedback: (y) => matmul(transpose(readout), y),
    });
    const rows = oneToMany(cell, params, index(xs, 0), {
      state,
      length: 4,
      feedback: (y) => matmul(y, readout),
    });
    expectClose(transpose(columns.outputs), rows.outputs);
  });

  test("many-to-many reads every step out", () => {
    const readout = randomLike(linear.init({ input: sizes.hidden, output: 2 }, 0), 80);
    const { outputs } = unroll(cell, params, xs, { state });
    const ys = linear.apply(readout, outputs);
    expect(ys.shape).toEqual([T, batch, 2]);
    expectClose(index(ys, 3), linear.apply(readout, index(outputs, 3)));
  });

  test("a learned initial state serves every batch, and gets the sum of its gradients over the batch", () => {
    const learned = randomLike(learnedState(cell, sizes), 90);
    const loss = (s: Tree, x: Tensor) => lossOf(unroll(cell, params, x, { state: s }));
    const spread = treeMap(learned, (t) => broadcastTo(t, [batch, sizes.hidden]));
    expectClose(loss(learned, xs), loss(spread, xs));
    const perSequence = grad(loss)(spread, xs);
    const gradient = grad(loss)(learned, xs);
    expectClose(
      gradient,
      treeMap(perSequence, (t) => expandDims(sum(t, 0), 0)),
    );
    treeMap(gradient, (t) => {
      expect(t.shape).toEqual([1, sizes.hidden]);
      expect(t.data.some((v) => Math.abs(v) > 1e-3)).toBe(true);
      return t;
    });
  });

  test("without a state starts from the cell's own, in the dtype of the parameters", () => {
    const zero = treeMap(cell.state(sizes, batch), (t) => t.cast("float64"));
    expectClose({ ...unroll(cell, params, xs) }, { ...unroll(cell, params, xs, { state: zero }) });
  });

  test("runs in float32 by default, and in float64 under withDefaultDtype", () => {
    const data = xs.cast("float32");
    const single = cell.init(sizes, 3);
    const { outputs } = unroll(cell, single, data);
    expect(outputs.dtype).toBe("float32");
    withDefaultDtype("float64", () => {
      const double = cell.init(sizes, 3);
      const run = unroll(cell, double, xs);
      expect(run.outputs.dtype).toBe("float64");
      expectClose(outputs.cast("float64"), run.outputs, 1e-5);
      const gradient = grad<[Tree]>((p) => sum(unroll(cell, p, xs).outputs))(double);
      treeMap(gradient, (t) => {
        expect(t.dtype).toBe("float64");
        return t;
      });
    });
  });

  test("takes a batch of none, and no time steps in mode scan", () => {
    const none = unroll(cell, params, values([T, 0, sizes.input], 1));
    expect(none.outputs.shape).toEqual([T, 0, sizes.hidden]);
    const still = unroll(cell, params, values([0, batch, sizes.input], 1), { state });
    expect(still.outputs.shape).toEqual([0, batch, sizes.hidden]);
    expectClose(still.state, state);
  });
});

test("a loop records every gate of every step under its scope and time step, a scan one node with the same scopes inside", () => {
  const params = lstm.init(sizes, 0);
  const data = xs.cast("float32");
  const run = (mode: "scan" | "loop") =>
    record((x: Tensor) => unroll(lstm, params, x, { mode }).outputs, data).tape;
  const gates = run("loop").nodes.filter(({ op }) => op.name === "matmul");
  expect(gates.map(({ where }) => formatWhere(where))).toEqual(
    Array.from({ length: T }, (_, t) =>
      ["forget", "input", "candidate", "output"].map((gate) => `lstm/${gate}, t = ${t}`),
    ).flat(),
  );
  const [scan, ...others] = run("scan").nodes;
  expect(others).toEqual([]);
  const [body] = attributeEntries(scan!.attrs).flatMap(([, value]) => (isTape(value) ? [value] : []));
  const inside = body!.nodes.filter(({ op }) => op.name === "matmul");
  expect(inside.map(({ where }) => formatWhere(where))).toEqual(
    ["forget", "input", "candidate", "output"].map((gate) => `lstm/${gate}`),
  );
});
