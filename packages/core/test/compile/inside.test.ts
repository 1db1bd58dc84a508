import * as t from "@tapeloop/core";
import { compile, tensor, type CompileEvent, type Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { different, disparities } from "./parity.js";

const x = tensor([1, -2, 3]);
const exact = { ulps: 0 } as const;

describe("errors that only values show", () => {
  const [table, row] = [
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
    tensor([0.5, -0.5]),
  ];
  const ids = (...list: number[]): Tensor => tensor(list, { dtype: "int32" });
  const rows = (reverse: boolean) => (from: Tensor, list: Tensor) =>
    t.scope("model", () =>
      t.scan(
        (c: Tensor, i: Tensor) => [t.add(c, t.take(from, i)), t.gather(from, t.broadcastTo(i, [1, 2]), 0)],
        t.zeros([2]),
        list,
        { reverse },
      ),
    );
  const messageOf = (fn: () => unknown): string => {
    try {
      fn();
    } catch (error) {
      return String(error);
    }
    return "no error";
  };

  test.each([false, true])(
    "name scope and time step as the reference executor does, and do no harm (reverse: %s)",
    (reverse) => {
      const run = rows(reverse);
      const program = compile(run);
      for (const bad of [ids(0, 1, 3, 2), ids(-1, 0, 0, 0), ids(2, 2, 2, 2 ** 31 - 1)]) {
        const expected = messageOf(() => run(table, bad));
        expect(expected).toMatch(/take: got index .*; in model, t = /);
        expect(messageOf(() => program(table, bad))).toBe(expected);
        const good = ids(0, 2, 1, 1);
        expect(different(program(table, good), t.treeTensors(run(table, good)), exact)).toEqual([]);
      }
    },
  );

  test.each<[string, (i: Tensor) => Tensor]>([
    ["take", (i) => t.take(table, i, 1)],
    ["gather", (i) => t.gather(row, i, 0)],
    ["oneHot", (i) => t.oneHot(i, 2)],
    ["scatterAdd", (i) => t.scatterAdd(row, i, t.ones([2]), 0)],
  ])("%s checks every index", (_, fn) => {
    const program = compile(fn);
    for (const bad of [ids(0, 2), ids(-1, 0), ids(0, -(2 ** 31))]) {
      expect(messageOf(() => program(bad))).toBe(messageOf(() => fn(bad)));
    }
    expect(program(ids(1, 0)).toArray()).toEqual(fn(ids(1, 0)).toArray());
  });

  test("in a loop that never runs there is none", () => {
    const run = (list: Tensor, bad: Tensor): Tensor =>
      t.scan(
        (c: Tensor, i: Tensor) => [t.add(c, t.take(row, t.add(bad, t.mul(i, 0)))), null],
        tensor(0),
        list,
      )[0];
    expect(compile(run)(t.zeros([0], { dtype: "int32" }), tensor(9, { dtype: "int32" })).item()).toBe(0);
  });
});

describe("a compiled function within", () => {
  const square = compile((a: Tensor) => t.sum(t.mul(a, a)));

  test("grad, record and jvp becomes part of the tape", () => {
    expect(t.grad(square)(x).toArray()).toEqual([2, -4, 6]);
    expect(
      t
        .grad((a: Tensor) => t.sum(t.grad(square)(a)))(x)
        .toArray(),
    ).toEqual([2, 2, 2]);
    expect(t.record(square, x).tape.nodes.map(({ op }) => op.name)).toContain("mul");
    expect(t.jvp(square, [x], [t.ones([3])])[1].item()).toBe(4);
  });

  test("another program, a loop or a checkpoint becomes part of it", () => {
    const events: CompileEvent[] = [];
    const inner = compile((a: Tensor) => t.mul(a, 2), { onCompile: (event) => events.push(event) });
    const outer = (a: Tensor): Tensor[] => [
      t.neg(inner(a)),
      t.scan((c: Tensor) => [inner(c), null], a, null, { length: 3 })[0],
      t.checkpoint(inner)(a),
    ];
    expect(disparities((a) => outer(a), [x], exact)).toEqual([]);
    expect(compile(t.grad((a: Tensor) => t.sum(inner(a))))(x).toArray()).toEqual([2, 2, 2]);
    expect(events.length).toBe(1);
  });

  test("observe runs kernel by kernel", () => {
    const seen: string[] = [];
    t.observe(
      ({ op }) => seen.push(op.name),
      () => square(x),
    );
    expect(seen).toEqual(["mul", "sum"]);
  });
});

describe("operations from elsewhere", () => {
  const tripled = t.defineOp<readonly [Tensor]>({
    name: "tanh",
    shape: ([a]) => a,
    forward: ([a]) => a.toTypedArray().map((v) => 3 * v),
    vjp: (dy) => [() => t.mul(dy, 3)],
  });
  const triple = (a: Tensor): Tensor => t.apply(tripled, [a], {});

  test("run as what they are, whatever their name", () => {
    const run = (a: Tensor): Tensor[] => [
      triple(a),
      t.neg(triple(t.transpose(t.broadcastTo(a, [2, 3])))),
      t.add(t.matmul(t.expandDims(a, 0), t.expandDims(a, 1)), triple(a)),
    ];
    expect(disparities((a) => run(a), [x], { ulps: 1, mayBeHosts: ["tanh"] })).toEqual([]);
    expect(
      disparities((a) => [t.grad((v: Tensor) => t.sum(t.square(triple(v))))(a)], [x], {
        ulps: 0,
        mayBeHosts: ["tanh"],
      }),
    ).toEqual([]);
  });

  test("run in loops, on rows and on what the loop carries", () => {
    const run = (a: Tensor): Tensor[] => {
      const [c, ys] = t.scan((c: Tensor, row: Tensor) => [triple(t.add(c, row)), triple(c)], tensor(1), a, {
        reverse: true,
      });
      return [c, ys];
    };
    expect(disparities((a) => run(a), [x], { ulps: 0, mayBeHosts: ["tanh"] })).toEqual([]);
  });

  test("may give what they were given", () => {
    const same = t.defineOp<readonly [Tensor]>({ name: "same", shape: ([a]) => a, forward: ([a]) => a });
    const run = (a: Tensor): Tensor[] => [t.apply(same, [t.neg(a)], {}), t.apply(same, [t.ones([2, 3])], {})];
    expect(disparities((a) => run(a), [x], { ulps: 0, mayBeHosts: ["same"] })).toEqual([]);
  });
});
