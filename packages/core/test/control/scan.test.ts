import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  apply,
  cast,
  defineOp,
  equal,
  grad,
  index,
  jvp,
  matmul,
  mul,
  record,
  replay,
  scan,
  scope,
  sin,
  square,
  stack,
  sub,
  sum,
  tanh,
  tensor,
  trace,
  treeTensors,
  vjp,
  where,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { expectClose, values } from "../helpers/values.js";

type Params = { readonly wx: Tensor; readonly wh: Tensor; readonly b: Tensor };
const params: Params = { wx: values([3, 4], 1), wh: values([4, 4], 2), b: values([4], 3) };
const tangent: Params = { wx: values([3, 4], 7), wh: values([4, 4], 8), b: values([4], 9) };
const xs = values([5, 2, 3], 4);
const h0 = values([2, 4], 5);
type Loss = (p: Params, h: Tensor, x: Tensor) => Tensor;
const all = { argnums: [0, 1, 2] } as const;

function step(p: Params, h: Tensor, x: Tensor): Tensor {
  return tanh(add(add(matmul(x, p.wx), matmul(h, p.wh)), p.b));
}

/** A loss on the last state and on every output, so that both kinds of cotangent arrive. */
function lossOf(last: Tensor, ys: Tensor): Tensor {
  return add(sum(square(last)), sum(sin(mul(ys, 2))));
}

function scanned({ reverse = false } = {}): Loss {
  return (p, h, x) => {
    const body = (c: Tensor, xt: Tensor) => {
      const next = step(p, c, xt);
      return [next, mul(next, xt.shape.length)] as const;
    };
    return lossOf(...scan(body, h, x, { reverse }));
  };
}

function looped({ reverse = false } = {}): Loss {
  return (p, h, x) => {
    const length = x.shape[0] ?? 0;
    const ys: Tensor[] = [];
    let state = h;
    for (let k = 0; k < length; k++) {
      const t = reverse ? length - 1 - k : k;
      state = step(p, state, index(x, t));
      ys[t] = mul(state, 2);
    }
    return lossOf(state, stack(ys));
  };
}

/** A scalar made of all gradients, whose own gradient is the second derivative. */
function gradientNorm(loss: Loss): Loss {
  return (p, h, x) =>
    treeTensors([...grad(loss, all)(p, h, x)]).reduce((s, t) => add(s, sum(mul(t, square(t)))), sum(h));
}

describe.each([{ reverse: false }, { reverse: true }])(
  "scan equals the unrolled loop (reverse: $reverse)",
  (options) => {
    const [a, b] = [scanned(options), looped(options)];
    test("in value", () => {
      expectClose(a(params, h0, xs), b(params, h0, xs));
    });
    test("in its gradient by captured parameters, state and data", () => {
      expectClose([...grad(a, all)(params, h0, xs)], [...grad(b, all)(params, h0, xs)]);
    });
    test("in second order, reverse over reverse", () => {
      expectClose(
        [...grad(gradientNorm(a), all)(params, h0, xs)],
        [...grad(gradientNorm(b), all)(params, h0, xs)],
        1e-9,
      );
    });
    test("in forward mode", () => {
      const tangents = [tangent, values([2, 4], 10), values([5, 2, 3], 11)] as [Params, Tensor, Tensor];
      expectClose([...jvp(a, [params, h0, xs], tangents)], [...jvp(b, [params, h0, xs], tangents)]);
    });
    test("in forward over reverse and reverse over forward", () => {
      const tangents = [tangent, values([2, 4], 10), values([5, 2, 3], 11)] as [Params, Tensor, Tensor];
      const over = (loss: Loss) =>
        jvp((...args: Parameters<Loss>) => [...grad(loss, all)(...args)], [params, h0, xs], tangents);
      expectClose([...over(a)], [...over(b)], 1e-10);
      const under =
        (loss: Loss): Loss =>
        (p, h, x) =>
          jvp(loss, [p, h, x], tangents)[1];
      expectClose([...grad(under(a), all)(params, h0, xs)], [...grad(under(b), all)(params, h0, xs)], 1e-10);
      expectClose([...grad(under(a), all)(params, h0, xs)], [...over(a)[1]], 1e-10);
    });
    test("in third order", () => {
      const third = (loss: Loss) =>
        grad((h: Tensor) => sum(square(grad((k: Tensor) => gradientNorm(loss)(params, k, xs))(h))))(h0);
      expectClose(third(a), third(b), 1e-7);
    });
  },
);

test("equality with the loop holds for any length, batch and sizes", () => {
  fc.assert(
    fc.property(
      fc.nat(6),
      fc.nat(3),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(),
      (T, B, I, H, seed) => {
        const p: Params = {
          wx: values([I, H], seed),
          wh: values([H, H], seed + 1),
          b: values([H], seed + 2),
        };
        const [h, x] = [values([B, H], seed + 3), values([T, B, I], seed + 4)];
        const body = (loss: "scan" | "loop"): Loss =>
          loss === "scan"
            ? (q, c, d) =>
                sum(square(scan((s: Tensor, xt: Tensor) => [step(q, s, xt), null] as const, c, d)[0]))
            : (q, c, d) =>
                sum(
                  square(Array.from({ length: T }, (_, t) => t).reduce((s, t) => step(q, s, index(d, t)), c)),
                );
        expectClose([...grad(body("scan"), all)(p, h, x)], [...grad(body("loop"), all)(p, h, x)], 1e-11);
      },
    ),
    { numRuns: 40 },
  );
});

test("a scan inside a scan is differentiated to second order", () => {
  const inner = (w: Tensor, h: Tensor, x: Tensor): Tensor =>
    scan((c: Tensor) => [tanh(add(mul(c, w), x)), c] as const, h, null, { length: 3 })[0];
  const nested: (w: Tensor, h: Tensor, x: Tensor) => Tensor = (w, h, x) =>
    sum(
      scan(
        (c: Tensor, xt: Tensor) => {
          const next = inner(w, c, xt);
          return [next, square(next)] as const;
        },
        h,
        x,
      )[1],
    );
  const unrolled: typeof nested = (w, h, x) => {
    let c = h;
    let total = sum(mul(h, 0));
    for (let t = 0; t < 5; t++) {
      for (let k = 0; k < 3; k++) c = tanh(add(mul(c, w), index(x, t)));
      total = add(total, sum(square(c)));
    }
    return total;
  };
  const [w, h] = [values([3], 1), values([2, 3], 2)];
  expectClose([...grad(nested, all)(w, h, xs)], [...grad(unrolled, all)(w, h, xs)]);
  const second = (f: typeof nested) =>
    grad((a: Tensor, b: Tensor, c: Tensor) => sum(square(grad(f)(a, b, c))), all)(w, h, xs);
  expectClose([...second(nested)], [...second(unrolled)], 1e-10);
  const tangents = [values([3], 5), values([2, 3], 6), values([5, 2, 3], 7)] as [Tensor, Tensor, Tensor];
  expectClose([...jvp(nested, [w, h, xs], tangents)], [...jvp(unrolled, [w, h, xs], tangents)]);
});

describe("bodies that capture outer tensors", () => {
  test("get gradients for a tensor computed outside from the argument", () => {
    const f = (w: Tensor): Tensor => {
      const doubled = mul(w, 2);
      return sum(scan((c: Tensor) => [mul(c, doubled), null] as const, h0, null, { length: 3 })[0]);
    };
    // Σ h·(2w)³ has derivative Σ h·24w².
    const w = tensor(0.7, { dtype: "float64" });
    expectClose(grad(f)(w), mul(sum(h0), mul(24, square(w))));
    expectClose(grad(grad(f))(w), mul(sum(h0), mul(48, w)), 1e-11);
  });

  test("may take a gradient inside the body by a tensor from outside", () => {
    // d/dw of w·c², taken inside at every step: c ← c + c².
    const inside = (c: Tensor, w: Tensor): Tensor =>
      scan(
        (s: Tensor) => [add(s, sum(grad((v: Tensor) => sum(mul(v, square(s))))(w))), null] as const,
        c,
        null,
        { length: 2 },
      )[0];
    const c = tensor(0.5, { dtype: "float64" });
    const w = tensor(3, { dtype: "float64" });
    const once = 0.5 + 0.25;
    expect(inside(c, w).item()).toBeCloseTo(once + once ** 2, 12);
    expect(grad((v: Tensor) => inside(v, w))(c).item()).toBeCloseTo((1 + 2 * once) * (1 + 2 * 0.5), 12);
  });

  test("see a tensor once, however often they use it", () => {
    const w = values([4], 1);
    const { tape } = record(
      (v: Tensor) => scan((c: Tensor) => [add(mul(c, v), v), v] as const, h0, null, { length: 2 }),
      w,
    );
    expect(tape.nodes[0]?.inputs.length).toBe(2);
  });

  test("keep what does not depend on the step out of the loop", () => {
    const { tape } = record(
      (v: Tensor) => scan((c: Tensor) => [mul(c, tanh(v)), null] as const, h0, null, { length: 9 }),
      values([4], 1),
    );
    expect(tape.nodes.map((node) => node.op.name)).toEqual(["tanh", "scan"]);
  });
});

test("a gradient taken inside a body, of that body's own values, equals the loop", () => {
  const energy = (s: Tensor): Tensor => sum(sin(mul(s, s)));
  const descend = (s: Tensor): Tensor => sub(s, mul(0.1, grad(energy)(s)));
  const viaScan = (s: Tensor): Tensor =>
    energy(scan((c: Tensor) => [descend(c), null] as const, s, null, { length: 4 })[0]);
  const viaLoop = (s: Tensor): Tensor => energy([0, 1, 2, 3].reduce(descend, s));
  expectClose(viaScan(h0), viaLoop(h0));
  expectClose(grad(viaScan)(h0), grad(viaLoop)(h0));
  expectClose(
    jvp(grad(viaScan), [h0], [values([2, 4], 9)])[1],
    jvp(grad(viaLoop), [h0], [values([2, 4], 9)])[1],
    1e-11,
  );
});

test("a carry may hold integers beside floats", () => {
  const count = tensor(0, { dtype: "int32" });
  const f = (h: Tensor): readonly [Tensor, Tensor] => {
    const [{ n, s }] = scan(
      (c: { readonly n: Tensor; readonly s: Tensor }) =>
        [{ n: add(c.n, 1), s: where(equal(c.n, 1), mul(c.s, 3), c.s) }, null] as const,
      { n: count, s: h },
      null,
      { length: 4 },
    );
    return [sum(s), n];
  };
  expect(f(h0)[1].item()).toBe(4);
  expectClose(grad((h: Tensor) => f(h)[0])(h0), add(mul(h0, 0), 3));
});

test("a loop of no steps returns the initial carry, empty outputs and the identity as its gradient", () => {
  const none = zeros([0, 2, 3], { dtype: "float64" });
  const body = (c: Tensor, x: Tensor) => [step(params, c, x), x] as const;
  const [last, ys] = scan(body, h0, none);
  expectClose(last, h0);
  expect(ys.shape).toEqual([0, 2, 3]);
  expectClose(grad((h: Tensor) => sum(mul(scan(body, h, none)[0], h0)))(h0), h0);
  const p = grad((q: Params) =>
    sum(scan((c: Tensor, x: Tensor) => [step(q, c, x), null] as const, h0, none)[0]),
  )(params);
  expectClose(p, { wx: mul(params.wx, 0), wh: mul(params.wh, 0), b: mul(params.b, 0) });
});

test("the tape holds one node whatever the length, and what it saves is what the rules mention", () => {
  const nodes = (T: number): number => {
    const loss: Loss = (p, h, x) =>
      sum(scan((c: Tensor, xt: Tensor) => [step(p, c, xt), null] as const, h, x)[0]);
    const { tape } = record((p: Params) => grad(loss)(p, h0, values([T, 2, 3], 1)), params);
    const forward = tape.nodes.find((node) => node.op.name === "scan");
    // The last state, then per step: the state before (for the product with h) and the tanh.
    expect(forward?.outputs.map((t) => t.shape)).toEqual([
      [2, 4],
      [T, 2, 4],
      [T, 2, 4],
    ]);
    return tape.nodes.length;
  };
  expect(nodes(3)).toBe(nodes(300));
});

test("a tape recorded without thought of gradients can still be differentiated", () => {
  const [ys, pullback] = vjp((h: Tensor) => scanned()(params, h, xs), h0);
  expectClose(pullback(mul(ys, 0).add(1))[0], grad((h: Tensor) => looped()(params, h, xs))(h0));
});

test("an operation without a derivative in the body matters only if it is on the path", () => {
  const blunt = defineOp<readonly [Tensor]>({
    name: "blunt",
    shape: ([x]) => x,
    forward: ([x]) => x.toTypedArray(),
  });
  const loss = (use: boolean) => (h: Tensor) =>
    sum(
      scan(
        (c: Tensor) => [use ? tanh(apply(blunt, [c], {})) : tanh(c), apply(blunt, [c], {})] as const,
        h,
        null,
        { length: 2 },
      )[0],
    );
  expect(grad(loss(false))(h0).shape).toEqual([2, 4]);
  expect(() => grad(loss(true))(h0)).toThrow("blunt: has no reverse (vjp) derivative");
});

describe("mistakes are named", () => {
  const pass = (c: Tensor) => [c, null] as const;
  test("no length", () => {
    expect(() => scan(pass, h0, null)).toThrow("scan: xs holds no tensors, expected the option length");
    expect(() => scan(pass, h0, null, { length: -1 })).toThrow("got length -1, expected a whole number ≥ 0");
  });
  test("data of different lengths", () => {
    const data = { a: values([3, 1], 1), b: values([4, 1], 1) };
    expect(() => scan(pass, h0, data)).toThrow("scan: xs.b has 4 steps, but xs.a has 3");
    expect(() => scan(pass, h0, data.a, { length: 5 })).toThrow("scan: xs has 3 steps, but length is 5");
    expect(() => scan(pass, h0, values([], 1))).toThrow("scan: xs is a scalar, expected [length, …]");
  });
  test("a carry that changes shape, dtype or structure", () => {
    expect(() => scan((c: Tensor) => [sum(c, 0), null] as const, h0, null, { length: 2 })).toThrow(
      "scan: the step changed carry to float64 [4], expected float64 [2, 4] as in init",
    );
    expect(() => scan((c: Tensor) => [cast(c, "float32"), null] as const, h0, null, { length: 2 })).toThrow(
      "float32 [2, 4]",
    );
    const wrong = { h: h0, c: h0 };
    expect(() =>
      scan(
        (s: typeof wrong) => [Object.fromEntries([["h", s.h]]) as typeof wrong, null] as const,
        wrong,
        null,
        { length: 2 },
      ),
    ).toThrow("the step's carry became {carry.h}, expected {carry.c, carry.h} as in init");
  });
  test("a step that returns no pair", () => {
    const bare = (c: Tensor): Tensor => c;
    expect(() => void Reflect.apply(scan, undefined, [bare, h0, null, { length: 2 }])).toThrow(
      "scan: step returned object, expected the pair [next carry, y]",
    );
  });
  test("a look at values", () => {
    expect(() =>
      scan((c: Tensor) => (c.data.length > 0 ? pass(c) : pass(c)), h0, null, { length: 2 }),
    ).toThrow("is abstract: inside scan or compile only its shape is known");
  });
  test("a tensor that escapes its body", () => {
    let escaped: Tensor | undefined;
    scan((c: Tensor) => pass((escaped = tanh(c))), h0, null, { length: 2 });
    expect(() => mul(escaped ?? h0, 2)).toThrow("from a scan body or compiled function that has ended");
  });
  test("and the place in the model", () => {
    expect(() =>
      scope("lstm", () =>
        scan((c: Tensor) => pass(scope("forget", () => matmul(c, h0))), h0, null, { length: 2 }),
      ),
    ).toThrow(/matmul: x \[2, 4\] · w \[2, 4\]: inner sizes differ \(4 vs 2\); in lstm\/forget$/);
  });
});

test("trace closes over outer tensors and leaves literals alone", () => {
  const outer = values([3], 1);
  const body = trace(([x = outer]) => [add(mul(x, outer), 1)], [{ shape: [3], dtype: "float64" }]);
  expect(body.inputs.length).toBe(2);
  expect(body.captures.has(outer)).toBe(true);
  expect(body.constants.map((t) => t.item())).toEqual([1]);
});

test("a loop replayed on inputs of another type than its body was traced for is an error", () => {
  const { tape } = record(
    (h: Tensor) => scan((c: Tensor) => [mul(c, 2), c] as const, h, null, { length: 2 }),
    values([3], 1),
  );
  expectClose(replay(tape, [values([3], 2)])[0] ?? h0, mul(values([3], 2), 4));
  expect(() => replay(tape, [values([5], 1)])).toThrow(
    "scan: got float64 [5] as input 0, expected float64 [3]",
  );
  expect(() => replay(tape, [zeros([3])])).toThrow("scan: got float32 [3] as input 0, expected float64 [3]");
});

test("ys of more axes than a tensor may have are an error", () => {
  const h = zeros([1, 1, 1, 1, 1, 1, 1, 1]);
  expect(() => scan((c: Tensor) => [c, c] as const, h, null, { length: 2 })).toThrow("got rank 9");
});

describe("a carried tensor that the derivative does not need", () => {
  const blunt = defineOp<readonly [Tensor]>({
    name: "blunt",
    shape: ([x]) => x,
    forward: ([x]) => x.toTypedArray(),
  });
  type Carry = { readonly clock: Tensor; readonly h: Tensor; readonly seen: Tensor };
  /** The clock does not depend on the state, and nothing depends on what was seen of the state. */
  const run = (p: Params, h: Tensor, clockwork = blunt1, look = blunt1): Carry => {
    const [carry] = scan(
      (c: Carry, x: Tensor) =>
        [
          { clock: clockwork(add(c.clock, 1)), h: mul(step(p, c.h, x), c.clock), seen: look(sum(c.h)) },
          null,
        ] as const,
      { clock: tensor(1, { dtype: "float64" }), h, seen: tensor(0, { dtype: "float64" }) },
      xs,
    );
    return carry;
  };
  const blunt1 = (x: Tensor): Tensor => apply(blunt, [x], {});
  const unrolled = (p: Params, h: Tensor): Tensor => {
    for (let t = 0; t < 5; t++) h = mul(step(p, h, index(xs, t)), t + 1);
    return sum(square(h));
  };
  const loss = (p: Params, h: Tensor): Tensor => sum(square(run(p, h).h));

  test("may be made by operations without a derivative, as in the unrolled loop", () => {
    const both = { argnums: [0, 1] } as const;
    expectClose(grad(loss, both)(params, h0), grad(unrolled, both)(params, h0));
    const direction = values([2, 4], 6);
    expectClose(
      jvp((h: Tensor) => sum(square(run(params, h, blunt1, square).h)), [h0], [direction])[1],
      jvp((h: Tensor) => unrolled(params, h), [h0], [direction])[1],
    );
  });

  test("is not carried by the reverse loop either", () => {
    const plain = (h: Tensor): Tensor => sum(square(run(params, h, square, square).h));
    const { tape } = record((h: Tensor) => grad(plain)(h), h0);
    const loops = tape.nodes.filter((node) => node.op.name === "scan");
    const carried = loops.map(({ attrs }) => ("names" in attrs ? attrs.names : undefined));
    expect(carried).toEqual([["clock", "h", "seen"], ["dh"]]);
  });

  test("still needs a derivative when it is asked for", () => {
    expect(() => grad((h: Tensor) => run(params, h).seen)(h0)).toThrow(/blunt: has no reverse/);
  });

  test("is found through other carries: a chain that is as long as the loop", () => {
    type Chain = { readonly a: Tensor; readonly b: Tensor; readonly c: Tensor };
    const chain = (x: Tensor): Tensor =>
      scan(
        ({ a, b, c }: Chain) => [{ a: square(a), b: add(b, a), c: add(c, b) }, null] as const,
        { a: x, b: tensor(0, { dtype: "float64" }), c: tensor(0, { dtype: "float64" }) },
        null,
        { length: 4 },
      )[0].c;
    // c = 3x + 2x² + x⁴
    const x = tensor(0.5, { dtype: "float64" });
    expectClose(grad(chain)(x), tensor(3 + 4 * 0.5 + 4 * 0.125, { dtype: "float64" }));
    expectClose(jvp(chain, [x], [tensor(1, { dtype: "float64" })])[1], grad(chain)(x));
    expectClose(grad(grad(chain))(x), tensor(4 + 12 * 0.25, { dtype: "float64" }));
  });
});
