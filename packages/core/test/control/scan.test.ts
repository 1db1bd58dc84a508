import { describe, expect, test } from "vitest";
import {
  add,
  affine,
  grad,
  jvp,
  matmul,
  mul,
  record,
  scan,
  sub,
  square,
  sum,
  tanh,
  tensor,
  treeTensors,
  vjp,
  zeros,
  type Tensor,
  type Tree,
} from "@tapeloop/core";

/** Deterministic values in (−1, 1) for a shape. */
export function values(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
  return tensor(data, { shape });
}

function expectClose(a: Tree, b: Tree, tolerance = 1e-12): void {
  const [x, y] = [treeTensors(a), treeTensors(b)];
  expect(x.length).toBe(y.length);
  x.forEach((t, i) => {
    const u = y[i];
    expect(t.shape).toEqual(u?.shape);
    t.data.forEach((v, k) => expect(Math.abs(v - (u?.data[k] ?? NaN))).toBeLessThanOrEqual(tolerance));
  });
}

interface Params {
  readonly [key: string]: Tensor;
}
const sizes = { T: 5, B: 2, I: 3, H: 4 };
const params: Params = { wx: values([3, 4], 1), wh: values([4, 4], 2), b: values([4], 3) };
const xs = values([5, 2, 3], 4);
const h0 = values([2, 4], 5);

function step(p: Params, h: Tensor, x: Tensor): Tensor {
  return tanh(add(add(matmul(x, p["wx"]!), matmul(h, p["wh"]!)), p["b"]!));
}

function rnnScan(p: Params, h: Tensor, x: Tensor): readonly [Tensor, Tensor] {
  return scan((c: Tensor, xt: Tensor) => {
    const next = step(p, c, xt);
    return [next, next] as const;
  }, h, x);
}

function rnnLoop(p: Params, h: Tensor, x: Tensor): readonly [Tensor, Tensor[]] {
  const ys: Tensor[] = [];
  let state = h;
  for (let t = 0; t < sizes.T; t++) {
    state = step(p, state, rowOf(x, t));
    ys.push(state);
  }
  return [state, ys];
}

/** Row t by a product with a constant, so that this file needs no slicing. */
function rowOf(x: Tensor, t: number): Tensor {
  const pick = zeros([5, 1, 1], { dtype: "float64" }).toTypedArray();
  pick[t] = 1;
  return sum(mul(x, tensor(pick, { shape: [5, 1, 1] })), 0);
}

const lossScan = (p: Params, h: Tensor, x: Tensor): Tensor => {
  const [last, ys] = rnnScan(p, h, x);
  return add(sum(square(last)), sum(mul(ys, ys.mul(0.5))));
};
const lossLoop = (p: Params, h: Tensor, x: Tensor): Tensor => {
  const [last, ys] = rnnLoop(p, h, x);
  return ys.reduce((total, y) => add(total, sum(mul(y, y.mul(0.5)))), sum(square(last)));
};

describe("scan equals the unrolled loop", () => {
  test("in value", () => {
    expectClose(lossScan(params, h0, xs), lossLoop(params, h0, xs));
  });

  test("in its gradient by parameters, state and data", () => {
    const options = { argnums: [0, 1, 2] } as const;
    expectClose(grad(lossScan, options)(params, h0, xs), grad(lossLoop, options)(params, h0, xs));
  });

  test("in second order: reverse over reverse", () => {
    const second = (loss: typeof lossScan) =>
      grad((p: Params, h: Tensor, x: Tensor) => {
        const g = grad(loss, { argnums: [0, 1] })(p, h, x);
        return treeTensors([...g]).reduce((total, t) => add(total, sum(mul(t, square(t)))), sum(h));
      }, { argnums: [0, 1, 2] });
    expectClose(second(lossScan)(params, h0, xs), second(lossLoop)(params, h0, xs), 1e-10);
  });

  test("in forward mode, and forward over reverse", () => {
    const tangents = [{ wx: values([3, 4], 7), wh: values([4, 4], 8), b: values([4], 9) }, values([2, 4], 10), values([5, 2, 3], 11)] as [Params, Tensor, Tensor];
    expectClose([...jvp(lossScan, [params, h0, xs], tangents)], [...jvp(lossLoop, [params, h0, xs], tangents)]);
    const g = (loss: typeof lossScan) => (p: Params, h: Tensor, x: Tensor) => [...grad(loss, { argnums: [0, 1, 2] })(p, h, x)];
    expectClose([...jvp(g(lossScan), [params, h0, xs], tangents)], [...jvp(g(lossLoop), [params, h0, xs], tangents)], 1e-10);
  });

  test("in third order", () => {
    const third = (loss: typeof lossScan) => {
      const f = (h: Tensor) => loss(params, h, xs);
      const g1 = (h: Tensor) => sum(mul(grad(f)(h), h));
      const g2 = (h: Tensor) => sum(square(grad(g1)(h)));
      return grad(g2)(h0);
    };
    expectClose(third(lossScan), third(lossLoop), 1e-9);
  });
});

test("a scan inside a scan is differentiated to second order", () => {
  const inner = (w: Tensor, h: Tensor, x: Tensor): Tensor =>
    scan((c: Tensor) => [tanh(add(mul(c, w), x)), c] as const, h, null, { length: 3 })[0];
  const nested = (w: Tensor, h: Tensor, x: Tensor): Tensor =>
    sum(scan((c: Tensor, xt: Tensor) => { const n = inner(w, c, xt); return [n, square(n)] as const; }, h, x)[1]);
  const unrolled = (w: Tensor, h: Tensor, x: Tensor): Tensor => {
    let c = h;
    let total: Tensor | undefined;
    for (let t = 0; t < 5; t++) {
      const xt = rowOf(x, t);
      for (let k = 0; k < 3; k++) c = tanh(add(mul(c, w), xt));
      total = total === undefined ? sum(square(c)) : add(total, sum(square(c)));
    }
    return total!;
  };
  const w = values([3], 1);
  const h = values([2, 3], 2);
  const all = { argnums: [0, 1, 2] } as const;
  expectClose([...grad(nested, all)(w, h, xs)], [...grad(unrolled, all)(w, h, xs)]);
  const second = (f: typeof nested) => grad((w: Tensor, h: Tensor, x: Tensor) => sum(square(grad(f)(w, h, x))), all)(w, h, xs);
  expectClose([...second(nested)], [...second(unrolled)], 1e-10);
});

test("prints", () => {
  const { tape } = record((p: Params) => grad((q: Params) => lossScan(q, h0, xs))(p), params);
  console.log(String(tape));
});
