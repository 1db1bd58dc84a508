import { unary } from "../patterns.js";
import { sample, type SampleOptions, type SampleTable } from "../sample.js";
import { avoiding, real, spec } from "../values.js";

const nonZero = avoiding([0], 0.2);

/** Samples with settings after the tensor. */
const withSettings = (values: typeof real, settings: readonly unknown[]) => {
  const options: SampleOptions = { args: ([x]) => [x, ...settings], note: JSON.stringify(settings) };
  return [
    sample([spec([2, 3], values, { view: "transposed" })], options),
    sample([spec([5], values)], options),
  ];
};
const clipped = (low: number, high: number): SampleOptions => ({
  args: ([x]) => [x, low, high],
  note: `clip ${low} … ${high}`,
});

export const activations: SampleTable = {
  tanh: unary(real),
  sigmoid: unary(real),
  relu: unary(nonZero),
  leakyRelu: [...unary(nonZero), ...withSettings(nonZero, [{ slope: 0.3 }])],
  elu: [...unary(nonZero), ...withSettings(nonZero, [{ alpha: 0.5 }])],
  gelu: [...unary(real), ...withSettings(real, [{ approximate: "tanh" }])],
  softplus: unary(real),
  softsign: unary(nonZero),
  clip: [
    ...unary(avoiding([-0.5, 1], 0.2), clipped(-0.5, 1)),
    sample([spec([4], avoiding([0], 0.2))], clipped(0, Infinity)),
  ],
};
