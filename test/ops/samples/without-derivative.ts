import { unary, binary } from "../patterns.js";
import { sample, type Sample } from "../sample.js";
import { bits, integers, real, spec, type Domain, type View } from "../values.js";
import { oneHots } from "./indexing.js";
import { reductions, wholeReductions } from "./reduce.js";

const small = integers(0, 3);

/** Comparisons of each dtype, of values with ties. */
const compared = (): Sample[] => [
  ...binary(small, small),
  sample([spec([2, 2], small)], { args: ([x]) => [x, 1], note: "with 1" }),
  sample([spec([2, 3], small, { dtype: "int32" }), spec([3], small, { dtype: "int32", view: "reversed" })]),
  sample([spec([2, 3], small, { dtype: "float32" }), spec([2, 1], small, { dtype: "float32" })]),
];

const flags = (shape: readonly number[], view: View = "plain") => spec(shape, bits, { dtype: "bool", view });

const combined = (): Sample[] => [
  sample([flags([4]), flags([4])]),
  sample([flags([]), flags([])]),
  sample([flags([2, 3]), flags([3])]),
  sample([flags([2, 1]), flags([1, 3])]),
  sample([flags([]), flags([2, 2])]),
  sample([flags([2, 3], "transposed"), flags([2, 3])]),
  sample([flags([2, 2], "strided"), flags([2], "reversed")]),
  sample([flags([3, 2], "stretched"), flags([3, 1])]),
  sample([flags([0, 3]), flags([3])]),
  sample([flags([3])], { args: ([x]) => [x, true], note: "with true" }),
];

/** NaN, both infinities and ordinary numbers. */
const special: Domain = (random, size) =>
  Array.from({ length: size }, () => [NaN, Infinity, -Infinity, 0, 1.5][Math.floor(5 * random())] ?? 0);

const asDtypes = (): Sample[] =>
  (["float64", "float32", "int32", "bool"] as const).flatMap((from) =>
    (["float64", "float32", "int32", "bool"] as const).map((to, i) =>
      sample(
        [
          spec([2, 3], from === "bool" ? bits : integers(-5, 5), {
            dtype: from,
            view: i % 2 === 0 ? "plain" : "transposed",
          }),
        ],
        {
          args: ([x]) => [x, to],
          note: `to ${to}`,
        },
      ),
    ),
  );

/** Operations whose result has no derivative, or whose derivative this contract cannot measure, and why. */
export const withoutDerivative: Readonly<
  Record<string, { readonly why: string; readonly samples: readonly Sample[] }>
> = {
  ...comparisons(["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"]),
  logicalAnd: { why: "gives bool", samples: combined() },
  logicalOr: { why: "gives bool", samples: combined() },
  logicalXor: { why: "gives bool", samples: combined() },
  logicalNot: { why: "gives bool", samples: unary(bits, {}, "bool") },
  isNaN: { why: "gives bool", samples: unary(special) },
  isFinite: { why: "gives bool", samples: unary(special) },
  any: { why: "gives bool", samples: reductions(bits, { dtype: "bool" }) },
  all: { why: "gives bool", samples: reductions(bits, { dtype: "bool" }) },
  argmax: { why: "gives positions", samples: [...reductions(real, { empty: false }), ...wholeReductions()] },
  argmin: { why: "gives positions", samples: [...reductions(real, { empty: false }), ...wholeReductions()] },
  oneHot: { why: "is made of indices", samples: oneHots },
  cast: {
    why: "changes the dtype, which a check in float64 cannot follow; see dtypes.test.ts",
    samples: asDtypes(),
  },
  stopGradient: {
    why: "has derivative zero although it is no constant; see kinks.test.ts",
    samples: unary(real),
  },
};

function comparisons(names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, { why: "gives bool", samples: compared() }]));
}
