import { describe, expect, test } from "vitest";
import {
  add,
  checkpoint,
  clip,
  customGradient,
  exp,
  grad,
  index,
  jvp,
  log,
  matmul,
  mul,
  record,
  scan,
  sin,
  square,
  stopGradient,
  sum,
  tanh,
  tensor,
  type Tensor,
} from "@tapeloop/core";
import { expectClose, values } from "../helpers/values.js";

const x = values([3, 4], 1);
const w = values([4, 4], 2);
const both = { argnums: [0, 1] } as const;

describe("checkpoint", () => {
  const block = (a: Tensor, b: Tensor): Tensor => tanh(matmul(sin(matmul(a, b)), b));
  const plain = (a: Tensor, b: Tensor): Tensor => sum(square(block(block(a, b), b)));
  const saved = checkpoint(block);
  const lean = (a: Tensor, b: Tensor): Tensor => sum(square(saved(saved(a, b), b)));

  test("changes no value and no derivative of any order, in either mode", () => {
    expectClose(lean(x, w), plain(x, w));
    expectClose([...grad(lean, both)(x, w)], [...grad(plain, both)(x, w)]);
    const second = (f: typeof plain) =>
      grad((a: Tensor, b: Tensor) => sum(square(grad(f, both)(a, b)[1])), both)(x, w);
    expectClose([...second(lean)], [...second(plain)], 1e-10);
    const tangents = [values([3, 4], 3), values([4, 4], 4)] as [Tensor, Tensor];
    expectClose([...jvp(lean, [x, w], tangents)], [...jvp(plain, [x, w], tangents)]);
  });

  test("keeps only its inputs and outputs on the tape", () => {
    const { tape } = record(lean, x, w);
    expect(tape.nodes.map((node) => node.op.name)).toEqual(["checkpoint", "checkpoint", "square", "sum"]);
  });

  test("differentiates what the function uses from outside", () => {
    const f = (b: Tensor): Tensor => sum(checkpoint((a: Tensor) => tanh(matmul(a, b)))(x));
    expectClose(grad(f)(w), grad((b: Tensor) => sum(tanh(matmul(x, b))))(w));
  });

  test("gives each argument its own gradient when one tensor is passed twice", () => {
    const f = checkpoint((a: Tensor, b: Tensor) => sum(mul(a, square(b))));
    expectClose(grad((a: Tensor) => f(a, a))(x), mul(3, square(x)));
  });

  test("takes and returns trees, also when an output is an input", () => {
    const f = checkpoint((p: { readonly a: Tensor; readonly b: Tensor }) => ({
      same: p.a,
      twice: [p.a, mul(p.b, 2)],
    }));
    const loss = (p: { readonly a: Tensor; readonly b: Tensor }): Tensor => {
      const { same, twice } = f(p);
      return add(
        sum(square(same)),
        twice.reduce((s, t, i) => add(s, sum(mul(t, i + 1))), tensor(0, { dtype: "float64" })),
      );
    };
    const g = grad(loss)({ a: x, b: w });
    expectClose(g, { a: add(mul(2, x), 1), b: add(mul(w, 0), 4) });
  });

  test("saves √T of memory when a loop runs in checkpointed blocks: only block ends are kept", () => {
    const step = (c: Tensor): Tensor => tanh(matmul(c, w));
    const inner = checkpoint(
      (c: Tensor) => scan((s: Tensor) => [step(s), null] as const, c, null, { length: 4 })[0],
    );
    const blocks = (c: Tensor): Tensor =>
      sum(scan((s: Tensor) => [inner(s), null] as const, c, null, { length: 4 })[0]);
    const whole = (c: Tensor): Tensor =>
      sum(scan((s: Tensor) => [step(s), null] as const, c, null, { length: 16 })[0]);
    expectClose(grad(blocks)(x), grad(whole)(x));
    const kept = (f: typeof whole): number => {
      const { tape } = record((c: Tensor) => grad(f)(c), x);
      const forward = tape.nodes.find((node) => node.op.name === "scan");
      return (forward?.outputs ?? []).slice(1).reduce((n, t) => n + t.size, 0);
    };
    // Per step the state before it (for the product) and the tanh.
    expect(kept(whole)).toBe(2 * 16 * x.size);
    expect(kept(blocks)).toBe(4 * x.size);
  });
});

describe("customGradient", () => {
  const straightThrough = customGradient((a: Tensor) => clip(a, -0.1, 0.1), {
    vjp: (dy) => [dy],
    jvp: ([da]) => da,
  });

  test("replaces the derivative in both modes and leaves the value", () => {
    expectClose(straightThrough(x), clip(x, -0.1, 0.1));
    const f = (a: Tensor): Tensor =>
      sum(mul(straightThrough(a), w.mul(0).add(2).slice({ axis: 0, stop: 3 })));
    expectClose(grad(f)(x), add(mul(x, 0), 2));
    const v = values([3, 4], 8);
    expectClose(jvp(straightThrough, [x], [v])[1], v);
  });

  test("has rules that are differentiated in turn", () => {
    const cube = customGradient((a: Tensor) => mul(a, square(a)), {
      vjp: (dy, [a]) => [mul(dy, mul(3, square(a)))],
    });
    expectClose(grad((a: Tensor) => sum(grad((b: Tensor) => sum(cube(b)))(a)))(x), mul(6, x));
  });

  test("gives the rule the result, and works inside scan", () => {
    const root = customGradient((a: Tensor) => exp(mul(0.5, log(a))), {
      vjp: (dy, _args, y) => [dy.div(mul(2, y))],
    });
    const positive = add(square(x), 0.5);
    const f = (use: (a: Tensor) => Tensor) => (a: Tensor) =>
      sum(scan((c: Tensor) => [add(use(c), 1), null] as const, a, null, { length: 3 })[0]);
    expectClose(grad(f(root))(positive), grad(f((a) => a.sqrt()))(positive));
  });

  test("accepts null for no gradient", () => {
    const f = customGradient((a: Tensor, b: Tensor) => mul(a, b), { vjp: (dy, [, b]) => [mul(dy, b), null] });
    const [da, db] = grad((a: Tensor, b: Tensor) => sum(f(a, b)), both)(x, x);
    expectClose(da, x);
    expectClose(db, mul(x, 0));
  });

  test("refuses to lose a gradient through a tensor that it was not given", () => {
    const f = (b: Tensor): Tensor =>
      sum(customGradient((a: Tensor) => matmul(a, b), { vjp: (dy) => [dy] })(x));
    expect(() => grad(f)(w)).toThrow(
      "customGradient: the function uses float64 [4, 4] without taking it as an argument, so its rule gives no gradient for it",
    );
    const g = (b: Tensor): Tensor =>
      sum(customGradient((a: Tensor) => matmul(a, stopGradient(b)), { vjp: (dy) => [dy] })(x));
    expectClose(grad(g)(w), mul(w, 0));
  });

  test("names a tensor of a loop's body that a rule uses without being given it", () => {
    const last = (given: boolean) => (b: Tensor) => {
      const [end] = scan(
        (h: Tensor, row: Tensor) => {
          const f = given
            ? customGradient((a: Tensor, r: Tensor) => mul(a, r), { vjp: (dy, [, r]) => [mul(dy, r), null] })
            : customGradient((a: Tensor, _r: Tensor) => mul(a, row), { vjp: (dy) => [mul(dy, row), null] });
          return [f(mul(h, b), row), null] as const;
        },
        index(x, 0),
        x,
      );
      return sum(end);
    };
    const b = tensor([1, 2, 3, 4], { dtype: "float64" });
    expect(() => grad(last(false))(b)).toThrow(
      'customGradient: its vjp rule uses "x" float64 [4] of a scan body or compiled function without being given it; ' +
        "pass it to the function as an argument",
    );
    expect(grad(last(true))(b).shape).toEqual([4]);
  });

  test("names a missing or wrong rule", () => {
    const f = customGradient((a: Tensor) => mul(a, 2), { vjp: (dy) => [dy] });
    expect(() => jvp(f, [x], [x])).toThrow("customGradient: has no jvp rule, which forward mode needs");
    const wrong = customGradient((a: Tensor) => mul(a, 2), { vjp: (dy) => [sum(dy)] });
    expect(() => grad((a: Tensor) => sum(wrong(a)))(x)).toThrow(
      "customGradient: its vjp rule returned float64 [] for input 0, expected float64 [3, 4]",
    );
  });
});
