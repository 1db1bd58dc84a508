import * as t from "@tapeloop/core";
import type { Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";
import { disparities, type Run } from "./parity.js";

/** Roundings that a loop amplifies, in derivatives of second order. */
const close = { ulps: 2 ** 12, smallest: 1 } as const;
const values = (shape: readonly number[], seed = 0): Tensor =>
  t.normal(t.foldIn(t.randomKey(7), seed), shape, { dtype: "float64" });

/** The loop, its gradient, and the gradient of that. */
function expectParity(
  run: Run,
  inputs: readonly Tensor[],
  parity: Parameters<typeof disparities>[2] = close,
): void {
  const loss =
    (of: Run) =>
    (xs: readonly Tensor[]): Tensor =>
      of(...xs)
        .filter((y) => y.size > 0)
        .map((y, i) => t.sum(t.mul(t.sin(y), 1 + i / 4)))
        .reduce((a, b) => t.add(a, b), t.tensor(0, { dtype: "float64" }));
  const gradient: Run = (...xs) => t.grad(loss(run))([...xs]);
  expect(disparities(run, inputs, parity)).toEqual([]);
  expect(disparities(gradient, inputs, parity)).toEqual([]);
  expect(disparities((...xs) => t.grad(loss(gradient))([...xs]), inputs, parity)).toEqual([]);
}

const lengths = [0, 1, 2, 4];
const bodies: Readonly<
  Record<string, (xs: Tensor, a: Tensor, b: Tensor, reverse: boolean) => readonly Tensor[]>
> = {
  "a carry that is an output before and after the step": (xs, a, _b, reverse) => {
    const [h, [before, after]] = t.scan(
      (c: Tensor, x: Tensor) => {
        const next = t.tanh(t.add(c, x));
        return [next, [c, next] as const];
      },
      a,
      xs,
      { reverse },
    );
    return [h, before, after];
  },
  "carries that change places": (xs, a, b, reverse) => {
    const [[p, q], ys] = t.scan(
      ([p, q]: readonly [Tensor, Tensor], x: Tensor) => [[q, p] as const, t.mul(p, x)],
      [a, b] as const,
      xs,
      { reverse },
    );
    return [p, q, ys];
  },
  "carries that change places and are stacked": (xs, a, b, reverse) => {
    const [[p, q], [ps, qs]] = t.scan(
      ([p, q]: readonly [Tensor, Tensor]) => [[q, p] as const, [p, q] as const],
      [a, b] as const,
      xs,
      { reverse },
    );
    return [p, q, ps, qs];
  },
  "a carry that no step changes": (xs, a, b, reverse) => {
    const [state, ys] = t.scan(
      (c: { fixed: Tensor; h: Tensor }, x: Tensor) => [
        { fixed: c.fixed, h: t.mul(t.add(c.h, x), c.fixed) },
        c.fixed,
      ],
      { fixed: a, h: b },
      xs,
      { reverse },
    );
    return [state.fixed, state.h, ys];
  },
  "one tensor that starts several carries and is used elsewhere": (xs, a, _b, reverse) => {
    const start = t.tanh(a);
    const [state, ys] = t.scan(
      (c: { p: Tensor; q: Tensor }, x: Tensor) => [
        { p: t.add(c.p, x), q: t.mul(c.q, start) },
        t.sub(c.p, c.q),
      ],
      { p: start, q: start },
      xs,
      { reverse },
    );
    return [state.p, state.q, ys, t.neg(start), start];
  },
  "two carries that become the same": (xs, a, b, reverse) => {
    const [state, ys] = t.scan(
      (c: { p: Tensor; q: Tensor }, x: Tensor) => {
        const next = t.sin(t.add(t.mul(c.p, x), c.q));
        return [{ p: next, q: next }, next];
      },
      { p: a, q: b },
      xs,
      { reverse },
    );
    return [state.p, state.q, ys];
  },
  "running sums of a product": (xs, a, b, reverse) => {
    const [total] = t.scan(
      (c: Tensor, x: Tensor) => [t.add(c, t.matmul(t.expandDims(x, 1), t.expandDims(b, 0))), t.sum(x)],
      t.zeros([3, 3], { dtype: "float64" }),
      xs,
      { reverse },
    );
    return [t.mul(total, a)];
  },
  "a carry that becomes what is captured, or a number": (xs, a, b, reverse) => {
    const [state, ys] = t.scan(
      (c: { p: Tensor; q: Tensor }, x: Tensor) => [{ p: a, q: t.zerosLike(c.q) }, t.add(t.mul(c.p, x), c.q)],
      { p: b, q: a },
      xs,
      { reverse },
    );
    return [state.p, state.q, ys];
  },
  "a carry that becomes a row of the data": (xs, a, b, reverse) => {
    const [last, ys] = t.scan((c: Tensor, x: Tensor) => [x, t.mul(t.sub(x, c), b)], a, xs, { reverse });
    return [last, ys];
  },
  "outputs that are the data, and what is captured": (xs, a, _b, reverse) => {
    const [c, ys] = t.scan(
      (c: Tensor, x: Tensor) => [t.flip(c), [x, a, t.reshape(x, [3, 1]), t.flip(x)] as const],
      a,
      xs,
      { reverse },
    );
    return [c, ...ys];
  },
  "a loop within the loop over the same data": (xs, a, b, reverse) => {
    const [h, ys] = t.scan(
      (c: Tensor, x: Tensor) => {
        const [inner, zs] = t.scan(
          (d: Tensor, y: Tensor) => [t.tanh(t.add(t.mul(d, y), t.mul(x, b))), d],
          c,
          xs,
          { reverse: !reverse },
        );
        return [inner, t.sum(t.mul(zs, c))];
      },
      a,
      xs,
      { reverse },
    );
    return [h, ys];
  },
  "a checkpointed step": (xs, a, b, reverse) => {
    const step = t.checkpoint((c: Tensor, x: Tensor) => t.tanh(t.add(t.mul(c, b), x)));
    const [h, ys] = t.scan((c: Tensor, x: Tensor) => [step(c, x), c], a, xs, { reverse });
    return [h, ys];
  },
  "a step with a gradient of its own": (xs, a, b, reverse) => {
    const half = t.customGradient((x: Tensor) => t.mul(x, 2), { vjp: (dy) => [t.mul(dy, 0.5)] });
    const [h, ys] = t.scan((c: Tensor, x: Tensor) => [t.sin(half(t.add(c, x))), t.mul(c, b)], a, xs, {
      reverse,
    });
    return [h, ys];
  },
};

describe.each(Object.entries(bodies))("%s", (_, body) => {
  test.each(lengths)("in a loop of %i steps, forwards and backwards, and its derivatives", (length) => {
    for (const reverse of [false, true]) {
      expectParity(
        (xs, a, b) => body(xs, a, b, reverse),
        [values([length, 3], 1), values([3], 2), values([3], 3)],
      );
    }
  });
});

test("A loop of plain JavaScript, 800 steps on the tape, compiles, and gives the gradient of the scan", () => {
  const rows = 800;
  const [xs, w] = [values([rows, 2, 3], 4), t.mul(0.4, values([3, 3], 5))];
  const step = (h: Tensor, x: Tensor, by: Tensor): Tensor => t.tanh(t.add(t.matmul(h, by), x));
  const start = (): Tensor => t.zeros([2, 3], { dtype: "float64" });
  const unrolled = (by: Tensor, all: Tensor): Tensor => {
    let h = start();
    for (const x of t.split(all, rows, 0)) h = step(h, t.squeeze(x, 0), by);
    return t.sum(h);
  };
  const scanned = (by: Tensor, all: Tensor): Tensor =>
    t.sum(t.scan((h: Tensor, x: Tensor) => [step(h, x, by), null], start(), all)[0]);
  const gradient = t.compile(t.grad(unrolled));
  const expected = t.grad(scanned)(w, xs);
  expect(gradient.explain(w, xs).executor).toBe("webassembly");
  gradient(w, xs).data.forEach((v, i) => expect(v).toBeCloseTo(expected.data[i] ?? NaN, 10));
});
