import { describe, expect, test } from "vitest";
import {
  add,
  apply,
  argmax,
  cast,
  defineOp,
  exp,
  grad,
  greater,
  hessian,
  hvp,
  jacobian,
  jvp,
  matmul,
  mul,
  pow,
  record,
  scope,
  sigmoid,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  tensor,
  timeStep,
  valueAndGrad,
  valueAuxAndGrad,
  vjp,
  where,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { expectClose, values } from "../helpers/values.js";

const f64 = (v: number | number[]): Tensor => tensor(v, { dtype: "float64" });
const x = values([3], 1);
const w = values([3, 2], 2);

describe("grad", () => {
  test("has the structure of its argument, and zeros for what the loss does not see", () => {
    const p = { layers: [{ w }, { w: mul(w, 2) }], unused: x };
    const g = grad((q: typeof p) =>
      sum(square(matmul(tensor([[1, 2, 3]], { dtype: "float64" }), q.layers[0]?.w ?? w))),
    )(p);
    expect(Object.keys(g)).toEqual(["layers", "unused"]);
    expect(g.layers[0]?.w.shape).toEqual([3, 2]);
    expectClose(g.unused, mul(x, 0));
    expectClose(g.layers[1]?.w, mul(w, 0));
  });

  test("of several arguments is a tuple, and other arguments may be anything", () => {
    const f = (a: Tensor, times: number, b: Tensor, name: string): Tensor =>
      sum(mul(mul(a, b), times + name.length));
    const [da, db] = grad(f, { argnums: [0, 2] })(x, 2, mul(x, 3), "ab");
    expectClose(da, mul(x, 12));
    expectClose(db, mul(x, 4));
    expectClose(grad(f, { argnums: 2 })(x, 2, x, ""), mul(x, 2));
  });

  test("gives the value too, and whatever else came out of the pass", () => {
    const f = (a: Tensor): Tensor => sum(square(a));
    const [value, gradient] = valueAndGrad(f)(x);
    expectClose(value, f(x));
    expectClose(gradient, mul(2, x));
    const [, , aux] = valueAuxAndGrad((a: Tensor) => [f(a), { accuracy: 0.5, half: mul(a, 0.5) }] as const)(
      x,
    );
    expect(aux.accuracy).toBe(0.5);
    expectClose(aux.half, mul(x, 0.5));
  });

  test("sums over every path by which an input reaches the loss", () => {
    expectClose(grad((a: Tensor) => sum(add(mul(a, a), add(a, a))))(x), add(mul(2, x), 2));
  });

  test("gives each argument its own gradient when one tensor is passed twice", () => {
    const [da, db] = grad((a: Tensor, b: Tensor) => sum(mul(a, square(b))), { argnums: [0, 1] })(x, x);
    expectClose(da, square(x));
    expectClose(db, mul(2, square(x)));
  });

  test("follows JavaScript control flow on values", () => {
    const f = (a: Tensor): Tensor => (a.item() > 0 ? square(a) : mul(a, 3));
    expect(grad(f)(f64(2)).item()).toBe(4);
    expect(grad(f)(f64(-2)).item()).toBe(3);
  });

  test("leaves its arguments and their labels alone", () => {
    const before = [...x.data];
    grad((a: Tensor) => sum(exp(a)))(x);
    expect([...x.data]).toEqual(before);
    expect(x.label).toBeUndefined();
  });
});

describe("nested derivatives keep their variables apart", () => {
  test("d/dx (x · d/dy (x + y)) is 1, not 2", () => {
    const f = (a: Tensor): Tensor => mul(a, grad((b: Tensor) => add(a, b))(f64(1)));
    expect(grad(f)(f64(5)).item()).toBe(1);
  });
  test("d/dx (x · d/dy (x · y) at y = x) is 2x", () => {
    const f = (a: Tensor): Tensor => mul(a, grad((b: Tensor) => mul(a, b))(a));
    expect(grad(f)(f64(5)).item()).toBe(10);
  });
  test("in forward mode as well", () => {
    const one = f64(1);
    const inner = (a: Tensor) => jvp((b: Tensor) => add(a, b), [one], [one])[1];
    expect(jvp((a: Tensor) => mul(a, inner(a)), [f64(5)], [one])[1].item()).toBe(1);
  });
  test("and in every mix of the two, to fourth order", () => {
    const one = f64(1);
    const forward = (f: (a: Tensor) => Tensor) => (a: Tensor) => jvp(f, [a], [one])[1];
    const f = (a: Tensor): Tensor => sin(mul(2, a));
    for (const [d1, d2, d3, d4] of [
      [grad, grad, grad, grad],
      [forward, grad, forward, grad],
      [grad, forward, grad, forward],
      [forward, forward, forward, forward],
    ] as const) {
      expect(d4(d3(d2(d1(f))))(f64(0.3)).item()).toBeCloseTo(16 * Math.sin(0.6), 10);
    }
  });
  test("saved outputs stay attached: second derivatives through tanh, sigmoid and exp", () => {
    const second = (f: (a: Tensor) => Tensor, at: number): number => grad(grad(f))(f64(at)).item();
    const t = Math.tanh(0.4);
    const s = 1 / (1 + Math.exp(-0.4));
    expect(second(tanh, 0.4)).toBeCloseTo(-2 * t * (1 - t * t), 12);
    expect(second(sigmoid, 0.4)).toBeCloseTo(s * (1 - s) * (1 - 2 * s), 12);
    expect(second(exp, 0.4)).toBeCloseTo(Math.exp(0.4), 12);
  });
});

describe("gradients at the edges", () => {
  const at = (f: (a: Tensor) => Tensor, v: number): number => grad(f)(f64(v)).item();
  test("pow at zero: x⁰ is flat, x¹ has slope 1, x² has slope 0, second derivatives are finite", () => {
    expect([0, 1, 2].map((n) => at((a) => pow(a, n), 0))).toEqual([0, 1, 0]);
    expect(grad(grad((a: Tensor) => pow(a, 2)))(f64(0)).item()).toBe(2);
    expect(grad((b: Tensor) => pow(0, b))(f64(2)).item()).toBe(0);
    expect(grad((b: Tensor) => pow(f64(0), b))(f64(0)).item()).toBe(0);
  });
  test("where gives the gradient to the chosen side only", () => {
    const f = (a: Tensor): Tensor => where(greater(a, 0), square(a), mul(a, 5));
    expect([at(f, 3), at(f, -3)]).toEqual([6, 5]);
  });
  test("a tie of maximum shares the gradient evenly", () => {
    const [da, db] = grad((a: Tensor, b: Tensor) => a.maximum(b), { argnums: [0, 1] })(f64(2), f64(2));
    expect([da.item(), db.item()]).toEqual([0.5, 0.5]);
    expect(at((a) => a.maximum(a), 2)).toBe(1);
  });
  test("stopGradient makes a constant", () => {
    expect(at((a) => mul(stopGradient(square(a)), a), 3)).toBe(9);
  });
  test("broadcasting is undone once, wherever the axis of size 1 is", () => {
    const [a, b] = [values([3, 1], 1), values([1, 4], 2)];
    const [da, db] = grad((p: Tensor, q: Tensor) => sum(mul(p, q)), { argnums: [0, 1] })(a, b);
    expect(da.shape).toEqual([3, 1]);
    expectClose(da, add(mul(a, 0), sum(b)));
    expectClose(db, add(mul(b, 0), sum(a)));
  });
  test("zero-sized tensors have zero-sized gradients", () => {
    expect(grad((a: Tensor) => sum(square(a)))(zeros([0, 3], { dtype: "float64" })).shape).toEqual([0, 3]);
  });
});

describe("Jacobian, Hessian and products", () => {
  const f = (a: Tensor): Tensor => tanh(matmul(a.reshape([1, 3]), w)).reshape([2]);
  test("agree between the two modes", () => {
    const reverse = jacobian(f)(x);
    expect(reverse.shape).toEqual([2, 3]);
    expectClose(jacobian(f, { mode: "forward" })(x), reverse);
  });
  test("have the argument's tree, shapes [out…, in…]", () => {
    const j = jacobian((p: { readonly a: Tensor; readonly b: Tensor }) => matmul(p.a, p.b))({
      a: values([2, 3], 1),
      b: w,
    });
    expect([j.a.shape, j.b.shape]).toEqual([
      [2, 2, 2, 3],
      [2, 2, 3, 2],
    ]);
  });
  test("the Hessian is symmetric, equals its products, and works at any shape", () => {
    const loss = (a: Tensor): Tensor => sum(sin(mul(f(a), f(a))));
    const h = hessian(loss)(x);
    expectClose(h, h.transpose());
    const v = values([3], 9);
    expectClose(hvp(loss, x, v), matmul(h, v.reshape([3, 1])).reshape([3]));
    expect(hessian((a: Tensor) => sum(mul(a, square(a))))(w).shape).toEqual([3, 2, 3, 2]);
  });
  test("vjp and jvp are adjoint", () => {
    const [u, v] = [values([3], 5), values([2], 6)];
    const [, pullback] = vjp(f, x);
    expect(sum(mul(pullback(v)[0], u)).item()).toBeCloseTo(sum(mul(jvp(f, [x], [u])[1], v)).item(), 13);
    expectClose(pullback(v)[0], pullback(v)[0]);
  });
  test("a result returned twice gets the sum of its cotangents", () => {
    const [, pullback] = vjp((a: Tensor) => {
      const y = square(a);
      return [y, y] as const;
    }, x);
    expectClose(pullback([mul(x, 0).add(1), mul(x, 0).add(2)])[0], mul(6, x));
  });
});

describe("mistakes are named", () => {
  test("a loss that is no scalar", () => {
    expect(() => grad((a: Tensor) => square(a))(x)).toThrow(
      "grad: got float64 [3] as the loss, expected a float scalar []",
    );
    expect(() => grad((a: Tensor) => argmax(a))(x)).toThrow("grad: got int32 [] as the loss");
    const none = ((): unknown => 3) as () => Tensor;
    expect(() => grad(none as (a: Tensor) => Tensor)(x)).toThrow(
      "grad: got number as the loss, expected one scalar tensor",
    );
  });
  test("an argument that cannot be differentiated", () => {
    const ids = tensor([1, 2], { dtype: "int32" });
    expect(() => grad((p: { readonly ids: Tensor }) => sum(cast(p.ids, "float32")))({ ids })).toThrow(
      "grad: argument 0.ids is int32, expected float32 or float64",
    );
    expect(() => grad((a: Tensor) => sum(a), { argnums: 1 as 0 })(x)).toThrow(
      "grad: got argnums 1, expected 0 … 0",
    );
    expect(() => grad((_p: { readonly [key: string]: Tensor }) => sum(x))({})).toThrow(
      "grad: argument 0 holds no tensors",
    );
  });
  test("an operation without a derivative, with its place", () => {
    const op = defineOp<readonly [Tensor]>({
      name: "mystery",
      shape: ([a]) => a,
      forward: ([a]) => a.toTypedArray(),
    });
    const f = (a: Tensor): Tensor => sum(scope("cell", () => timeStep(3, () => apply(op, [a], {}))));
    expect(() => grad(f)(x)).toThrow(/mystery: has no reverse \(vjp\) derivative.*; in cell, t = 3$/);
    expect(() => jvp(f, [x], [x])).toThrow(/mystery: has no forward \(jvp\) derivative/);
  });
  test("a rule that returns the wrong thing", () => {
    const op = (vjpOf: (dy: Tensor) => Tensor) =>
      defineOp<readonly [Tensor]>({
        name: "odd",
        shape: ([a]) => a,
        forward: ([a]) => a.toTypedArray(),
        vjp: (dy) => [() => vjpOf(dy)],
      });
    const run = (rule: (dy: Tensor) => Tensor) => () => grad((a: Tensor) => sum(apply(op(rule), [a], {})))(x);
    expect(run((dy) => dy.slice({ axis: 0, stop: 2 }))).toThrow(
      "odd: its vjp rule returned float64 [2] for input 0, expected float64 [3]",
    );
    expect(run((dy) => cast(dy, "float32"))).toThrow(
      "odd: its vjp rule returned float32 [3] for input 0, expected float64 [3]",
    );
  });
  test("seeds of the wrong number, shape or dtype", () => {
    expect(() => jvp(square, [x], [values([2], 1)])).toThrow(
      "jvp: tangent of primal 0: got float64 [2], expected float64 [3]",
    );
    const [, pullback] = vjp(square, x);
    expect(() => pullback(cast(x, "float32"))).toThrow(
      "vjp: cotangent of result: got float32 [3], expected float64 [3]",
    );
  });
  test("mixed dtypes: float32 parameters in a float64 check", () => {
    expect(() => sub(cast(x, "float32"), x)).toThrow(
      'sub: got float32 [3] and float64 [3], expected one dtype; cast(x, "float32") converts',
    );
  });
  test("an asynchronous function", () => {
    const later = async (a: Tensor): Promise<Tensor> => Promise.resolve(sum(a));
    // As from JavaScript, where no type stops it.
    const untyped: { grad(f: (a: Tensor) => unknown): (a: Tensor) => unknown } = { grad };
    expect(() => untyped.grad(later)(x)).toThrow(
      "grad: got an async function, expected one that returns its loss at once",
    );
    expect(() => record(async () => Promise.resolve(x))).toThrow("record: got an async function");
  });
  test("after an error nothing is left recording", () => {
    expect(() => record((a: Tensor) => matmul(a, a), x)).toThrow("matmul");
    const { tape } = record((a: Tensor) => square(a), x);
    expect(tape.nodes.length).toBe(1);
  });
});

test("a user's operation is as good as ours: any order, either mode, inside scan", () => {
  const cubeOp = defineOp<readonly [Tensor], { readonly scale: number }>({
    name: "cube",
    shape: ([a]) => a,
    forward: ([a], { scale }) => Float64Array.from(a.data, (v) => scale * v ** 3),
    vjp: (dy, [a], _y, { scale }) => [() => mul(dy, mul(3 * scale, square(a)))],
    jvp: ([da], [a], _y, { scale }) => [() => mul(mul(3 * scale, square(a)), da)],
  });
  const cube = (a: Tensor): Tensor => apply(cubeOp, [a], { scale: 2 });
  expectClose(grad((a: Tensor) => sum(cube(a)))(x), mul(6, square(x)));
  expectClose(grad((a: Tensor) => sum(grad((b: Tensor) => sum(cube(b)))(a)))(x), mul(12, x));
  expectClose(jvp(cube, [x], [values([3], 4)])[1], mul(mul(6, square(x)), values([3], 4)));
});
