import { binary, unary, withItself, withNumber } from "../patterns.js";
import { sample, type Sample, type SampleTable } from "../sample.js";
import { avoiding, integers, lattice, positive, real, spec } from "../values.js";

const nonZero = avoiding([0], 0.4);
/** Never nearer to each other than 0.2: no ties, and no step of the check crosses one. */
const [even, odd] = [lattice(0.6), lattice(0.6, 0.3)];

const whole = (dtype: "int32") => [
  sample([spec([2, 3], integers(-9, 9), { dtype }), spec([3], integers(-9, 9), { dtype })]),
  sample([spec([2, 2], integers(-9, 9), { dtype, view: "transposed" })], {
    args: ([x]) => [x, 3],
    note: "3 on the right",
  }),
];
const wholeUnary = (dtype: "int32"): Sample[] => [sample([spec([2, 3], integers(-9, 9), { dtype })])];

export const arithmetic: SampleTable = {
  add: [...binary(real, real), ...withNumber(real, real, 1.5, -0.5), ...withItself(real), ...whole("int32")],
  sub: [...binary(real, real), ...withNumber(real, real, 1.5, -0.5), ...withItself(real), ...whole("int32")],
  mul: [...binary(real, real), ...withNumber(real, real, 1.5, -0.5), ...withItself(real), ...whole("int32")],
  div: [...binary(real, nonZero), ...withNumber(real, nonZero, 1.5, -0.5), ...withItself(nonZero)],
  pow: [
    ...binary(positive, real),
    ...withNumber(positive, real, 1.5, -0.5),
    ...withItself(positive),
    // A negative base has whole powers only, and those have no derivative by the exponent.
    ...[2, 3, -1].map((n) =>
      sample([spec([2, 3], nonZero)], { args: ([x]) => [x, n], note: `to the power ${n}` }),
    ),
  ],
  maximum: [...binary(even, odd), ...withNumber(odd, odd, 0, 0), ...whole("int32")],
  minimum: [...binary(even, odd), ...withNumber(odd, odd, 0, 0), ...whole("int32")],
  neg: [...unary(real), ...wholeUnary("int32")],
  reciprocal: unary(nonZero),
};
