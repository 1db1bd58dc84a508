import { fc, test } from "@fast-check/vitest";
import { grad, ones, tensor, valueAndGrad, zeros, type Tensor } from "@tapeloop/core";
import { crossEntropy, huber, mae, mse, type LossReduction } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { fixture, type Numbers, type OpCase } from "../../../../test/fixtures/index.js";
import { expectClose } from "../close.js";

type Loss = (
  prediction: Tensor,
  target: Tensor,
  options: { reduction: LossReduction; delta?: number },
) => Tensor;

const f64 = (values: Numbers | undefined): Tensor => tensor(values ?? [], { dtype: "float64" });
const int32 = (values: Numbers | undefined): Tensor => tensor(values ?? [], { dtype: "int32" });

const reductionOf = ({ attributes }: OpCase): LossReduction =>
  attributes["reduction"] === "sum" ? "sum" : "mean";
const deltaOf = ({ attributes }: OpCase): { delta?: number } =>
  typeof attributes["delta"] === "number" ? { delta: attributes["delta"] } : {};
const title = ({ op, attributes }: OpCase): string => `${op} ${JSON.stringify(attributes)}`;
const cases = fixture("ops").cases;
const casesOf = (...names: string[]) =>
  cases.filter(({ op }) => names.includes(op)).map((c) => [title(c), c] as const);

describe("losses of a regression agree with PyTorch in value and gradient", () => {
  const losses: Record<string, Loss> = { mse_loss: mse, l1_loss: mae, huber_loss: huber };

  it.each(casesOf("mse_loss", "l1_loss", "huber_loss"))("%s", (_title, c) => {
    const loss = losses[c.op];
    if (loss === undefined) throw new Error(c.op);
    const options = { reduction: reductionOf(c), ...deltaOf(c) };
    const [value, [dPrediction, dTarget]] = valueAndGrad((p: Tensor, t: Tensor) => loss(p, t, options), {
      argnums: [0, 1],
    })(f64(c.inputs["input"]), f64(c.inputs["target"]));
    expect(value.shape).toEqual([]);
    expectClose(value.toArray(), c.output, 1e-14);
    expectClose(dPrediction.mul(f64(c.cotangent)).toArray(), c.gradients["input"], 1e-14);
    expectClose(dTarget.mul(f64(c.cotangent)).toArray(), c.gradients["target"], 1e-14);
  });
});

describe("cross-entropy agrees with PyTorch in value and gradient", () => {
  it.each(casesOf("cross_entropy"))("%s", (_title, c) => {
    const target = int32(c.indices?.["target"]);
    const [value, dLogits] = valueAndGrad((z: Tensor) =>
      crossEntropy(z, target, { reduction: reductionOf(c) }),
    )(f64(c.inputs["input"]));
    expect(value.shape).toEqual([]);
    expectClose(value.toArray(), c.output, 1e-10);
    expectClose(dLogits.mul(f64(c.cotangent)).toArray(), c.gradients["input"], 1e-10);
  });
});

describe("mse, mae and huber", () => {
  const losses: [string, Loss][] = [
    ["mse", mse],
    ["mae", mae],
    ["huber", huber],
  ];

  it.each(losses)("%s refuses to broadcast [batch, 1] against [batch]", (name, loss) => {
    expect(() => loss(zeros([4, 1]), zeros([4]), { reduction: "mean" })).toThrow(
      `${name}: got prediction float32 [4, 1], target float32 [4], expected one shape`,
    );
  });

  it.each(losses)("%s refuses two dtypes", (name, loss) => {
    expect(() => loss(zeros([2]), zeros([2], { dtype: "float64" }), { reduction: "sum" })).toThrow(
      `${name}: got prediction float32 [2], target float64 [2], expected one dtype`,
    );
  });

  it.each(losses)("%s refuses the mean of nothing, and gives 0 as its sum", (name, loss) => {
    expect(() => loss(zeros([0, 2]), zeros([0, 2]), { reduction: "mean" })).toThrow(
      `${name}: got float32 [0, 2], expected elements to average`,
    );
    expect(loss(zeros([0, 2]), zeros([0, 2]), { reduction: "sum" }).item()).toBe(0);
  });

  it.each(losses)("%s refuses a reduction that is not said", (name, loss) => {
    const call = (): unknown => Reflect.apply(loss, undefined, [zeros([2]), zeros([2]), {}]);
    expect(call).toThrow(`${name}: got reduction undefined, expected "mean" or "sum"`);
  });

  it.each(losses)("%s of a prediction that is right is 0, and so is its gradient", (_name, loss) => {
    const y = tensor([1, -2, 0]);
    const [value, gradient] = valueAndGrad((p: Tensor) => loss(p, y, { reduction: "sum" }))(y);
    expect(value.item()).toBe(0);
    expect(gradient.toArray()).toEqual([0, 0, 0]);
  });

  it("huber is half the squared error near the target, and linear with slope delta beyond", () => {
    const options = { reduction: "sum", delta: 2 } as const;
    const at = (r: number) => huber(f64(r), f64(0), options).item();
    expect([at(1), at(-2), at(5)]).toEqual([0.5, 2, 8]);
    expect(grad((r: Tensor) => huber(r, f64(0), options))(f64(-5)).item()).toBe(-2);
  });

  it("huber refuses a delta that is not positive", () => {
    for (const delta of [0, -1, NaN, Infinity]) {
      expect(() => huber(f64(1), f64(1), { reduction: "sum", delta })).toThrow("expected a positive number");
    }
  });
});

describe("cross-entropy", () => {
  const logits = f64([
    [2, 1, -1],
    [0.5, 0, 3],
  ]);

  it("is the same from indices and from one-hot rows", () => {
    const fromIndices = valueAndGrad((z: Tensor) => crossEntropy(z, int32([2, 0]), { reduction: "mean" }))(
      logits,
    );
    const oneHot = f64([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    const fromRows = valueAndGrad((z: Tensor) => crossEntropy(z, oneHot, { reduction: "mean" }))(logits);
    expectClose(fromRows[0].item(), fromIndices[0].item(), 1e-15);
    expectClose(fromRows[1].toArray(), fromIndices[1].toArray(), 1e-15);
  });

  it("takes scores of every step of a sequence: logits [time, batch, classes], indices [time, batch]", () => {
    const z = ones([3, 2, 4]);
    const y = zeros([3, 2], { dtype: "int32" });
    expect(crossEntropy(z, y, { reduction: "sum" }).item()).toBeCloseTo(6 * Math.log(4), 5);
    expect(crossEntropy(z, y, { reduction: "mean" }).item()).toBeCloseTo(Math.log(4), 6);
  });

  it("averages over the places, not over the classes, for probabilities too", () => {
    const even = f64([
      [1 / 3, 1 / 3, 1 / 3],
      [1 / 3, 1 / 3, 1 / 3],
    ]);
    const sum = crossEntropy(logits, even, { reduction: "sum" }).item();
    expect(crossEntropy(logits, even, { reduction: "mean" }).item()).toBeCloseTo(sum / 2, 14);
  });

  it("keeps a class that is ruled out by −Infinity out of value and gradient", () => {
    const z = f64([[0, -Infinity, 0]]);
    const [value, gradient] = valueAndGrad((x: Tensor) => crossEntropy(x, int32([0]), { reduction: "sum" }))(
      z,
    );
    expect(value.item()).toBeCloseTo(Math.log(2), 15);
    expect(gradient.toArray()).toEqual([[-0.5, 0, 0.5]]);
  });

  it("refuses indices outside the classes", () => {
    expect(() => crossEntropy(logits, int32([0, 3]), { reduction: "mean" })).toThrow(
      "gather: got index 3 at [1, 0], expected 0 … 2; in crossEntropy",
    );
    expect(() => crossEntropy(logits, int32([-1, 0]), { reduction: "mean" })).toThrow("got index -1");
  });

  it("refuses targets of a wrong shape or dtype", () => {
    expect(() => crossEntropy(logits, int32([[0], [1]]), { reduction: "mean" })).toThrow(
      "crossEntropy: got class indices int32 [2, 1], expected [2] for logits [2, 3]",
    );
    expect(() => crossEntropy(logits, f64([0, 1]), { reduction: "mean" })).toThrow(
      "crossEntropy: got probabilities float64 [2], expected [2, 3] as the logits",
    );
    expect(() => crossEntropy(logits, ones([2, 3]), { reduction: "mean" })).toThrow(
      "got target float32 [2, 3], expected int32 class indices or float64 probabilities",
    );
    expect(() => crossEntropy(f64(1), int32(0), { reduction: "mean" })).toThrow("expected [..., classes]");
  });
});

const numbers = fc.array(
  fc.integer({ min: -50, max: 50 }).map((n) => n / 8),
  { minLength: 1, maxLength: 12 },
);

test.prop([numbers, fc.constantFrom<Loss>(mse, mae, huber)])(
  "a mean is the sum divided by the count",
  (values, loss) => {
    const [p, t] = [f64(values), f64(values.map((v, i) => v * (i % 3)))];
    const sum = loss(p, t, { reduction: "sum" }).item();
    expectClose(loss(p, t, { reduction: "mean" }).item(), sum / values.length, 1e-14);
  },
);

test.prop([numbers, fc.integer({ min: -800, max: 800 })])(
  "cross-entropy does not change when all scores move together",
  (values, by) => {
    const y = int32(0);
    const at = (shift: number) =>
      crossEntropy(f64(values.map((v) => v + shift)), y, { reduction: "sum" }).item();
    expectClose(at(by), at(0), 1e-12);
  },
);
