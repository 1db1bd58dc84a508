import { unary } from "../patterns.js";
import { sample, type SampleTable } from "../sample.js";
import { avoiding, between, integers, positive, real, spec } from "../values.js";

const nonZero = avoiding([0], 0.2);
const betweenSteps = avoiding([-2, -1, 0, 1, 2], 0.2);

export const elementwise: SampleTable = {
  abs: [...unary(nonZero), sample([spec([2, 3], integers(-9, 9), { dtype: "int32" })])],
  square: [...unary(real), sample([spec([2, 3], integers(-9, 9), { dtype: "int32" })])],
  sqrt: unary(positive),
  rsqrt: unary(positive),
  exp: unary(real),
  expm1: unary(real),
  log: unary(positive),
  log1p: unary(between(-0.7, 2)),
  sin: unary(real),
  cos: unary(real),
  erf: unary(real),
  erfc: unary(real),
  // Staircases: the gradient is zero between the steps.
  sign: unary(nonZero),
  floor: unary(betweenSteps),
  ceil: unary(betweenSteps),
  round: unary(avoiding([-1.5, -0.5, 0.5, 1.5], 0.2)),
};
