import {
  abs,
  add,
  apply,
  cast,
  checkpoint,
  clip,
  customGradient,
  defineOp,
  floor,
  fromTypedArray,
  greater,
  max,
  maximum,
  min,
  mul,
  record,
  relu,
  round,
  scan,
  scope,
  sum,
  take,
  tanh,
  tensor,
  where,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { mul as ddMul, lo } from "../../src/dd/arithmetic.js";
import { traced } from "../../src/engine/trace.js";
import { difference } from "../../src/numeric/branch.js";
import { ddProgram, ddGradient, Signature, toDD, type DDKernel, type DDValue } from "../../src/dd/index.js";

const vector = (...values: number[]): Tensor => fromTypedArray(Float64Array.from(values));

/** x + 2⁻⁸⁰, which float64 cannot tell from x. */
function shifted(t: Tensor): DDValue {
  return { shape: t.shape, hi: Float64Array.from(t.data), lo: new Float64Array(t.size).fill(2 ** -80) };
}

function only(values: readonly DDValue[]): { hi: Float64Array; lo: Float64Array } {
  const [value] = values;
  if (values.length !== 1 || value === undefined || !("hi" in value)) throw new Error("expected one value");
  return value;
}

const cube = defineOp<readonly [Tensor]>({
  name: "cube",
  shape: ([x]) => x,
  forward: ([x]) => x.data.map((v) => v ** 3),
});
const applyCube = (x: Tensor): Tensor => apply(cube, [x], {});
const cubeKernel: DDKernel = ([x]) => {
  if (x === undefined || !("hi" in x)) throw new Error("expected float64");
  const out = { shape: x.shape, hi: new Float64Array(x.hi.length), lo: new Float64Array(x.hi.length) };
  x.hi.forEach((h, i) => {
    const square = ddMul(h, x.lo[i]!, h, x.lo[i]!);
    out.hi[i] = ddMul(square, lo(), h, x.lo[i]!);
    out.lo[i] = lo();
  });
  return [out];
};

describe("a tape in double-double", () => {
  test("sees what float64 rounds away", () => {
    const x = vector(1, 2);
    const { tape } = record((a: Tensor) => sum(mul(a, a)), x);
    const { hi, lo: low } = only(ddProgram(tape).run([shifted(x)]));
    expect([hi[0], low[0]]).toEqual([5, 6 * 2 ** -80]);
  });

  test("keeps integers and float32 as they are, and gathers by them", () => {
    const indices = tensor([1, 0, 1], { dtype: "int32" });
    const x = vector(1, 2);
    const { tape } = record((a: Tensor, i: Tensor) => [take(a, i), cast(a, "float32")], x, indices);
    const [taken, single] = ddProgram(tape).run([shifted(x), indices]);
    expect(only([taken!]).lo).toEqual(new Float64Array(3).fill(2 ** -80));
    expect(single).toMatchObject({ dtype: "float32", data: Float32Array.of(1, 2) });
  });

  test("walks loops in both directions, checkpoints and custom gradients step by step", () => {
    const xs = vector(1, 2, 3);
    const third = customGradient((a: Tensor) => mul(a, 3), { vjp: (dy) => [mul(dy, 3)] });
    const step = (h: Tensor, x: Tensor): readonly [Tensor, Tensor] => {
      const next = add(h, third(x));
      return [next, checkpoint((a: Tensor) => mul(a, 2))(next)];
    };
    for (const reverse of [false, true]) {
      const run = (data: Tensor): Tensor => scan(step, zeros([], { dtype: "float64" }), data, { reverse })[1];
      const { outputs, tape } = record(run, xs);
      const { hi, lo: low } = only(ddProgram(tape).run([shifted(xs)]));
      expect([...hi]).toEqual([...outputs.data]);
      const counts = reverse ? [3, 2, 1] : [1, 2, 3];
      expect([...low]).toEqual(counts.map((n) => 6 * n * 2 ** -80));
    }
  });

  test("chooses branches by the whole number, not by its upper half", () => {
    const { tape } = record(
      (a: Tensor, b: Tensor) => where(greater(a, b), vector(1), vector(0)),
      vector(1),
      vector(1),
    );
    expect(only(ddProgram(tape).run([shifted(vector(1)), toDD(vector(1))])).hi[0]).toBe(1);
    expect(only(ddProgram(tape).run([toDD(vector(1)), toDD(vector(1))])).hi[0]).toBe(0);
  });

  test("gives the same results when it runs again", () => {
    const x = vector(0.3, -0.2);
    const program = ddProgram(record((a: Tensor) => tanh(mul(a, tanh(a))), x).tape);
    expect(program.run([shifted(x)])).toEqual(program.run([shifted(x)]));
  });
});

describe("what has no kernel", () => {
  const model = (x: Tensor): Tensor => scope("cell", () => applyCube(x));

  test("is refused by name and place, with what to do", () => {
    const { tape } = record(model, vector(2));
    expect(() => ddProgram(tape)).toThrow(
      /the operation cube has no kernel in double-double.*kernels: \{ cube: .*; in cell$/,
    );
  });

  test("is refused also inside of a loop", () => {
    const { tape } = record(
      (xs: Tensor) => scan((h, x) => [add(h, model(x)), h], vector(0).sum(), xs)[1],
      vector(1, 2),
    );
    expect(() => ddProgram(tape)).toThrow(/cube.*in cell/);
  });

  test("can be given one", () => {
    const { tape } = record(model, vector(2));
    const { hi, lo: low } = only(
      ddProgram(tape, { kernels: { cube: cubeKernel } }).run([shifted(vector(2))]),
    );
    expect([hi[0], low[0]]).toEqual([8, 12 * 2 ** -80]);
  });
});

describe("errors", () => {
  const { tape } = record((a: Tensor) => mul(a, a), vector(1, 2));

  test("inputs of another number, shape or dtype are refused", () => {
    const program = ddProgram(tape);
    expect(() => program.run([])).toThrow("ddProgram: got 0 inputs, expected 1 as on the tape");
    expect(() => program.run([toDD(vector(1))])).toThrow("got float64 [1] as input 0, expected float64 [2]");
    expect(() => program.run([tensor([1, 2])])).toThrow("got float32 [2] as input 0, expected float64 [2]");
  });

  test("a gradient wants float64 inputs and as many numbers as there are outputs", () => {
    const square = (a: Tensor): Tensor => mul(a, a);
    expect(() => ddGradient(square, [tensor([1, 2])], Float64Array.of(1, 1))).toThrow("inputs[0] is float32");
    expect(() => ddGradient(square, [vector(1, 2)], Float64Array.of(1))).toThrow("expected 2");
  });
});

describe("signatures", () => {
  const signatureOf = (x: Tensor): Signature => {
    const { tape } = record((a: Tensor) => sum(relu(a)), x);
    const signature = new Signature();
    ddProgram(tape).run([toDD(x)], signature);
    return signature;
  };

  test("tell which side every element took", () => {
    const from = (a: Tensor, b: Tensor) => difference(signatureOf(a).trace, signatureOf(b).trace);
    expect(from(vector(1, -2), vector(3, -1))).toBeUndefined();
    expect(from(vector(1, -2), vector(-1, -2))).toMatchObject({ isTie: false, element: 0 });
    expect(from(vector(1, -2), vector(-1, 2))).toMatchObject({ choice: { op: "relu", shape: [2] } });
  });

  test("have odd numbers for elements that lie on a boundary", () => {
    expect(signatureOf(vector(1, 0, 0)).trace.choices.map(({ pieces }) => Array.from(pieces))).toEqual([
      [2, 1, 1],
    ]);
  });

  test.each<readonly [string, (x: Tensor) => Tensor]>([
    ["relu", relu],
    ["clip", (x) => clip(x, -1, 1.5)],
    ["max", (x) => max(x)],
    ["min", (x) => min(x)],
    ["maximum", (x) => maximum(x, abs(x))],
    ["floor", floor],
    ["round", round],
    ["a conversion to whole numbers", (x) => cast(cast(x, "int32"), "float64")],
  ])("count pieces as the operations' records do: %s", (_name, f) => {
    const x = vector(-2, -1.5, -1, -0.3, 0, 1, 1, 1.5, 0.5);
    const { tape } = record(f, x);
    const signature = new Signature();
    ddProgram(tape).run([toDD(x)], signature);
    const plain = traced(() => f(x)).trace.choices;
    expect(signature.trace.choices.map(({ op, pieces }) => [op, ...Array.from(pieces)])).toEqual(
      plain.map(({ op, pieces }) => [op, ...Array.from(pieces)]),
    );
  });

  test("ask the records of other operations", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "ramp",
      shape: ([x]) => x,
      forward: ([x]) => x.toTypedArray().map((v) => Math.max(v, 0)),
      pieces: ([x]) => x.toTypedArray().map((v) => Math.sign(v) + 1),
    });
    const { tape } = record((a: Tensor) => apply(op, [a], {}), vector(1, 0));
    const signature = new Signature();
    const ramp: DDKernel = ([x]) => (x === undefined ? [] : [x]);
    ddProgram(tape, { kernels: { ramp } }).run([toDD(vector(1, 0))], signature);
    expect(signature.trace.choices[0]).toMatchObject({ op: "ramp", pieces: Float64Array.of(2, 1) });
  });
});
