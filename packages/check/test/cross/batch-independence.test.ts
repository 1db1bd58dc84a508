import { batchIndependence } from "../../src/cross/batch-independence.js";
import { f64 } from "./fixtures.js";
import {
  add,
  customGradient,
  greater,
  index,
  matmul,
  max,
  mean,
  mul,
  normal,
  permute,
  randomKey,
  relu,
  scan,
  softmax,
  square,
  sub,
  sum,
  tanh,
  tensor,
  where,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";

const draw = (shape: readonly number[], seed = 1): Tensor => normal(randomKey(seed), shape, f64);
const w = draw([3, 2], 7);
const layer = (p: { w: Tensor }, x: Tensor): Tensor => tanh(matmul(x, p.w));

describe("each result depends on its own input", () => {
  test.each([2, 4, 16, 17, 100])("in a layer, for a batch of %i", (batch) => {
    const report = batchIndependence(layer, [{ w }, draw([batch, 3])], { axis: [null, 0] });
    expect(report).toMatchObject({ pass: true, batch, influences: [], unbatched: [] });
    expect(String(report)).toBe(
      `batch independence passed: each of ${batch} results depends on its own input alone`,
    );
  });

  test("with another axis for each input, in trees", () => {
    const fn = ({ x, h }: { x: Tensor; h: Tensor }, v: Tensor): Tensor =>
      add(add(matmul(v, x), permute(h, [1, 0])), 1);
    const inputs: Parameters<typeof fn> = [{ x: draw([2, 5]), h: draw([5, 3]) }, draw([3, 2])];
    const report = batchIndependence(fn, inputs, { axis: [{ x: 1, h: 0 }, null], outAxis: 1 });
    expect(report.pass).toBe(true);
    expect(report.matrix?.map((row) => row.indexOf(true))).toEqual([0, 1, 2, 3, 4]);
  });

  test("through a loop over time, with the batch in the middle", () => {
    const run = (p: Tensor, h: Tensor, xs: Tensor) =>
      scan(
        (s: Tensor, x: Tensor) => {
          const next = tanh(add(matmul(s, p), x));
          return [next, next];
        },
        h,
        xs,
      );
    const inputs: Parameters<typeof run> = [draw([3, 3]), draw([4, 3], 2), draw([6, 4, 3], 3)];
    expect(batchIndependence(run, inputs, { axis: [null, 0, 1], outAxis: [0, 1] }).pass).toBe(true);
  });

  test("even where softmax subtracts the largest value of the whole batch, which is rounding alone", () => {
    const shifted = (x: Tensor): Tensor => softmax(sub(x, max(x)));
    const x = draw([20, 3]);
    const report = batchIndependence(
      customGradient(shifted, {
        vjp: (dy, _x, y) => [mul(y, sub(dy, sum(mul(dy, y), { axes: -1, keepDims: true })))],
      }),
      [x],
      { axis: 0 },
    );
    expect(report.influences).toEqual([]);
  });
});

describe("mixing is found", () => {
  test("in the notes' product that sums over the batch, at its own size, in no time", () => {
    const product = (h: Tensor, v: Tensor): Tensor => matmul(h, v);
    const report = batchIndependence(product, [draw([50, 8316]), draw([8316, 1], 2)], { axis: [1, null] });
    expect(report).toMatchObject({ pass: false, verdict: "fail", batch: 8316, unbatched: ["result"] });
    expect(report.influences[0]?.inputs).toHaveLength(8316);
    expect(String(report)).toMatch(/result depends on inputs\[0\], elements 0, 1, .* … 8315 \(8316 in all\)/);
    expect(String(report)).toMatch(
      /has no axis of 8316 elements: is there a sum, or a product, over the batch\?/,
    );
  }, 5000);

  test("and the right product at that size passes", () => {
    const product = (v: Tensor, h: Tensor): Tensor => matmul(v, h);
    const report = batchIndependence(product, [draw([1, 50]), draw([50, 8316], 2)], { axis: [null, 1] });
    expect(report.pass).toBe(true);
  }, 20_000);

  test.each([3, 40])("in a mean over a batch of %i, as of batch normalisation", (batch) => {
    const centred = (x: Tensor): Tensor => sub(x, mean(x, { axes: 0, keepDims: true }));
    const report = batchIndependence(centred, [draw([batch, 3])], { axis: 0 });
    expect(report.verdict).toBe("fail");
    expect(report.influences[0]?.inputs).toHaveLength(batch - 1);
    if (batch === 3)
      expect(report.matrix).toEqual([
        [true, true, true],
        [true, true, true],
        [true, true, true],
      ]);
  });

  test("in one pair of 100", () => {
    const pick = tensor(
      Float64Array.from({ length: 100 }, (_, i) => (i === 37 ? 1e-6 : 0)),
      { shape: [100, 1] },
    );
    const leaking = (x: Tensor): Tensor => add(square(x), mul(pick, index(x, 61)));
    const report = batchIndependence(leaking, [draw([100, 2])], { axis: 0 });
    expect(report.influences).toEqual([
      { outputPath: "result", output: 37, inputPath: "inputs[0]", inputs: [61], by: "derivative" },
    ]);
    expect(String(report)).toMatch(/result, element 37, depends on inputs\[0\], element 61$/m);
  });

  test.each([5, 30])("in values whose derivative vanishes, batch %i", (batch) => {
    const gate = (x: Tensor): Tensor => mul(x, where(greater(index(x, 1), index(x, 0)), 1, 2));
    const report = batchIndependence(
      gate,
      [
        tensor(
          Float64Array.from({ length: batch }, (_, i) => 1 - i / 8),
          f64,
        ),
      ],
      { axis: 0 },
    );
    expect(report.verdict).toBe("fail");
    expect(report.influences.every(({ by }) => by === "value")).toBe(true);
    expect(String(report)).toMatch(/its value changes, its derivative vanishes here/);
  });

  test("in a derivative whose values hide it, as of a wrong rule", () => {
    const wrong = customGradient((x: Tensor) => relu(x), { vjp: (dy, [x]) => [mul(sum(dy), x)] });
    expect(batchIndependence(wrong, [draw([4])], { axis: 0 }).verdict).toBe("fail");
  });

  test("in batch and time taken for each other", () => {
    const run = (p: Tensor, xs: Tensor): Tensor =>
      scan((s: Tensor, x: Tensor) => [tanh(add(s, matmul(x, p))), s], draw([4, 2]), xs)[1];
    expect(batchIndependence(run, [w, draw([5, 4, 3])], { axis: [null, 1] }).pass).toBe(true);
    expect(batchIndependence(run, [w, draw([5, 4, 3])], { axis: [null, 0] }).verdict).toBe("fail");
  });
});

describe("what shows nothing", () => {
  test("is inconclusive: a batch of one, a result that depends on nothing", () => {
    expect(batchIndependence(layer, [{ w }, draw([1, 3])], { axis: [null, 0] }).verdict).toBe("inconclusive");
    expect(batchIndependence((x: Tensor) => mul(x, 0), [draw([3])], { axis: 0 })).toMatchObject({
      verdict: "inconclusive",
      problem: "no result depends on any element of the batch",
    });
    expect(batchIndependence((x: Tensor) => x, [tensor(new Float64Array(0), f64)], { axis: 0 }).verdict).toBe(
      "inconclusive",
    );
  });

  test("is refused: axes that do not fit, float32, NaN, no function", () => {
    const check = (axis: number | readonly (number | null)[]) => () =>
      batchIndependence(layer, [{ w }, draw([4, 3])], { axis });
    expect(check(0)).toThrow(/inputs\[1\] has 4 elements along axis 0, but inputs\[0\]\.w has 3/);
    expect(check([null, 2])).toThrow(/got axis 2 for inputs\[1\] \[4, 3\], expected -2 … 1/);
    expect(check([null])).toThrow(/got no axis for inputs\[1\]/);
    expect(check([null, null])).toThrow(/no input with an axis of the batch/);
    expect(() => batchIndependence((x: Tensor) => x, [tensor([1])], { axis: 0 })).toThrow(/float32/);
    expect(() => batchIndependence((x: Tensor) => x, [tensor([NaN], f64)], { axis: 0 })).toThrow(/holds NaN/);
    expect(batchIndependence((x: Tensor) => tanh(x), [tensor([1, 2])], { axis: 0, promote: true }).pass).toBe(
      true,
    );
    expect((): unknown => Reflect.apply(batchIndependence, undefined, [1, [w], { axis: 0 }])).toThrow(
      /got number/,
    );
  });
});
