import { describe, expect, test } from "vitest";
import { abs, add as sumOf, fromTypedArray, log, mul, relu, tensor, type Tensor } from "@tapeloop/core";
import { ddDerivatives, ddGradient, ddSubject, type DDTensor } from "../../src/dd/index.js";
import { add, lo, mul as ddMul } from "../../src/dd/arithmetic.js";
import { fixtures, relativeError } from "./fixtures.js";
import { instance, models, numbers } from "./models.js";

/** ⟨gradient, direction⟩ in double-double. */
function along(
  gradient: readonly DDTensor[],
  direction: readonly Float64Array[],
): { hi: number; lo: number } {
  let [h, l] = [0, 0];
  gradient.forEach((g, k) =>
    direction[k]!.forEach((d, i) => {
      const p = ddMul(g.hi[i]!, g.lo[i]!, d, 0);
      h = add(h, l, p, lo());
      l = lo();
    }),
  );
  return { hi: h, lo: l };
}

/** A random direction, then single entries, spread over all variables. */
function directions(shape: readonly DDTensor[], entries: number): Float64Array[][] {
  const random = shape.map(({ hi }, i) => Float64Array.from(numbers([hi.length], 40 + i).data));
  const total = shape.reduce((n, { hi }) => n + hi.length, 0);
  const single = Array.from({ length: entries }, (_, k) => {
    let at = Math.floor((k * total) / entries);
    return shape.map(({ hi }) => {
      const e = new Float64Array(hi.length);
      if (at >= 0 && at < hi.length) e[at] = 1;
      at -= hi.length;
      return e;
    });
  });
  return [random, ...single];
}

describe("differences in double-double agree with the reverse sweep in double-double", () => {
  const cases = models.flatMap((model) => [1, 20, 100].map((time) => ({ ...model, time })));
  test.each(cases)("$name, T = $time", (model) => {
    const { weights, xs } = instance(model, { time: model.time });
    const run = (own: typeof weights, data: Tensor): Tensor => model.run(own, data);
    const { program, origin } = ddSubject(run, [weights, xs]);
    const size = program.tape.outputs[0]!.size;
    const w = Float64Array.from(numbers([size], 9).data);
    const gradient = ddGradient(run, [weights, xs], w);
    const largest = Math.max(...gradient.map(({ hi }) => hi.reduce((m, v) => Math.max(m, Math.abs(v)), 0)));
    const derive = ddDerivatives(program, origin, [w]);
    for (const direction of directions(origin, 4)) {
      const [numeric] = derive(direction);
      const exact = along(gradient, direction);
      const error = Math.abs(numeric!.value.hi - exact.hi + (numeric!.value.lo - exact.lo));
      expect(error).toBeLessThanOrEqual(numeric!.error);
      expect(numeric!.error).toBeLessThan(1e-18 * largest);
      expect(numeric!.crossedKink).toBe(false);
    }
  });
});

describe("values and derivatives agree with mpmath", () => {
  test.each(["RNN", "LSTM"])("%s", (name) => {
    const { hidden, input, time, ...given } = fixtures.models[name]!;
    const model = models.find((m) => m.name === name)!;
    const of = (values: readonly number[], shape: number[]): Tensor =>
      fromTypedArray(Float64Array.from(values), shape);
    const columns = model.gates * hidden;
    const weights = { w: of(given.w, [hidden + input, columns]), b: of(given.b, [columns]) };
    const xs = of(given.xs, [time, 1, input]);
    const run = (own: typeof weights): Tensor => model.run(own, xs);
    const seeds = Float64Array.from(given.seeds);

    const subject = ddSubject(run, [weights]);
    const [output] = subject.program.run(subject.origin);
    if (output === undefined || !("hi" in output)) throw new Error("no output");
    const value = along([output], [seeds]);
    expect(relativeError(value.hi, value.lo, ...given.value)).toBeLessThan(1e-29);

    const gradient = ddGradient(run, [weights], seeds);
    const derive = ddDerivatives(subject.program, subject.origin, [seeds]);
    const order = gradient.flatMap(({ hi, lo: low }, k) =>
      Array.from(hi, (h, i) => ({ h, l: low[i]!, k, i })),
    );
    // The leaves of a tree are in the order of its names: b, w.
    const expected = [...given.gradient.slice(given.w.length), ...given.gradient.slice(0, given.w.length)];
    const largest = Math.max(...expected.map(([h]) => Math.abs(h)));
    expect(order.length).toBe(expected.length);
    order.forEach(({ h, l, k, i }, at) => {
      const [eh, el] = expected[at]!;
      expect(Math.abs(h - eh + (l - el))).toBeLessThan(1e-30 * largest);
      const direction = gradient.map(({ hi }, m) =>
        Float64Array.from(hi, (_, n) => Number(m === k && n === i)),
      );
      const [numeric] = derive(direction);
      const error = Math.abs(numeric!.value.hi - eh + (numeric!.value.lo - el));
      expect(error).toBeLessThanOrEqual(numeric!.error);
      expect(numeric!.error).toBeLessThan(1e-22 * largest);
    });
  });
});

describe("kinks and edges of the domain", () => {
  const at = (fn: (x: Tensor) => Tensor, x: number) => {
    const { program, origin } = ddSubject(fn, [tensor(x, { dtype: "float64" })]);
    return ddDerivatives(program, origin, [Float64Array.of(1)])([Float64Array.of(1)])[0]!;
  };

  test("beside a kink the step shrinks until the points lie on one side of it", () => {
    const near = at((x) => mul(relu(x), x), 1e-7);
    expect(near.crossedKink).toBe(false);
    expect(near.step).toBeLessThan(1e-7);
    expect(Math.abs(near.value.hi - 2e-7)).toBeLessThanOrEqual(near.error);
    expect(near.error).toBeLessThan(1e-20);
  });

  test("on a kink both slopes are told, and the value is not trusted", () => {
    const tie = at((x) => sumOf(relu(x), mul(3, x)), 0);
    expect(tie.crossedKink).toBe(true);
    expect(tie.error).toBe(Infinity);
    expect(tie.slopes?.[0]).toBeCloseTo(3, 12);
    expect(tie.slopes?.[1]).toBeCloseTo(4, 12);
  });

  test("a kink that stays a tie along the direction is no kink there", () => {
    const still = at((x) => sumOf(abs(mul(0, x)), x), 1);
    expect(still.crossedKink).toBe(false);
    expect(Math.abs(still.value.hi - 1)).toBeLessThanOrEqual(still.error);
  });

  test("near the edge of its domain a function is asked inside of it", () => {
    const edge = at(log, 1e-6);
    const exact = 1 / 1e-6;
    expect(Math.abs(edge.value.hi - exact)).toBeLessThanOrEqual(edge.error + 1e-10);
    expect(edge.error).toBeLessThan(1e-8);
  });
});
