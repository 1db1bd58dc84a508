import type { Dtype } from "@tapeloop/core";
import { sample, type Sample, type SampleOptions, type SampleTable } from "../sample.js";
import { avoiding, distinct, integers, real, spec, type Domain, type View } from "../values.js";

/** Axes, keepDims, ranks and memory orders for reductions. `empty` tells whether an empty axis has a result. */
export function reductions(
  values: Domain,
  { empty = true, dtype = "float64" }: { empty?: boolean; dtype?: Dtype } = {},
) {
  const over = (options: object): SampleOptions => ({
    args: ([x]) => [x, options],
    note: JSON.stringify(options),
  });
  const list = [
    sample([spec([], values, { dtype })], over({})),
    sample([spec([5], values, { dtype })], over({})),
    sample([spec([2, 3], values, { dtype })], over({})),
    sample([spec([2, 3], values, { dtype })], over({ axes: 0 })),
    sample([spec([2, 3], values, { dtype })], over({ axes: [-1], keepDims: true })),
    sample([spec([2, 3, 2], values, { dtype })], over({ axes: [0, 2] })),
    sample([spec([2, 3, 2], values, { dtype })], over({ axes: [2, 1], keepDims: true })),
    sample([spec([2, 3], values, { dtype })], over({ keepDims: true })),
    sample([spec([3, 1], values, { dtype })], over({ axes: 0 })),
    sample([spec([2, 3], values, { dtype, view: "transposed" })], over({ axes: 1 })),
    sample([spec([2, 2, 3], values, { dtype, view: "transposed" })], over({ axes: 1 })),
    sample([spec([3, 2], values, { dtype, view: "strided" })], over({ axes: 0 })),
    sample([spec([3, 2], values, { dtype, view: "reversed" })], over({ axes: -1 })),
    sample([spec([0, 3], values, { dtype })], over({ axes: 1 })),
  ];
  return empty ? [...list, sample([spec([2, 0], values, { dtype })], over({ axes: 1 }))] : list;
}

const axesAlone = (values: Domain): Sample[] => [
  sample([spec([2, 3], values)], { args: ([x]) => [x, 1], note: "axis 1" }),
  sample([spec([2, 3, 2], values)], { args: ([x]) => [x, [0, 1]], note: "axes [0, 1]" }),
];
export const wholeReductions = (values: Domain = integers(-9, 9)): Sample[] => [
  sample([spec([2, 3], values, { dtype: "int32", view: "transposed" })], {
    args: ([x]) => [x, { axes: 0 }],
    note: "axis 0",
  }),
];
const float32Loose = (samples: Sample[]): Sample[] => samples.map((s) => ({ ...s, float32Tolerance: 2e-5 }));

export const reduce: SampleTable = {
  sum: [...reductions(real), ...axesAlone(real), ...wholeReductions()],
  mean: [...reductions(real, { empty: false }), ...axesAlone(real)],
  prod: [
    ...reductions(avoiding([0], 0.3)),
    ...axesAlone(avoiding([0], 0.3)),
    ...wholeReductions(integers(-4, 4)),
  ],
  max: [...reductions(distinct(), { empty: false }), ...axesAlone(distinct()), ...wholeReductions()],
  min: [...reductions(distinct(), { empty: false }), ...axesAlone(distinct()), ...wholeReductions()],
  logSumExp: [...reductions(real, { empty: false }), ...axesAlone(real)],
  // Of a single element the variance is 0 and flat; the standard deviation has a kink there.
  variance: float32Loose([
    ...reductions(real, { empty: false }),
    ...axesAlone(real),
    sample([spec([2, 3], real)], {
      args: ([x]) => [x, { axes: 1, correction: 1 }],
      note: "axis 1, correction 1",
    }),
  ]),
  std: float32Loose([
    ...reductions(distinct(), { empty: false }).filter(({ name }) => !name.startsWith("[]")),
    ...axesAlone(distinct()),
    sample([spec([2, 3], distinct())], {
      args: ([x]) => [x, { axes: 1, correction: 1 }],
      note: "axis 1, correction 1",
    }),
  ]),
  softmax: alongAxis(real),
  logSoftmax: alongAxis(real),
  cumsum: [
    ...alongAxis(real, 0),
    ...[{ reverse: true }, { exclusive: true }, { reverse: true, exclusive: true }].flatMap((options) => [
      sample([spec([4], real)], { args: ([x]) => [x, 0, options], note: JSON.stringify(options) }),
      sample([spec([2, 3, 2], real, { view: "reversed" })], {
        args: ([x]) => [x, 1, options],
        note: JSON.stringify(options),
      }),
    ]),
    sample([spec([2, 3], integers(-9, 9), { dtype: "int32" })], { args: ([x]) => [x, 1], note: "axis 1" }),
  ],
  sumTo: [
    [[2, 3], [3]],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [2, 3],
      [1, 1],
    ],
    [[2, 3], []],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 3, 2],
      [3, 1],
    ],
    [
      [2, 3, 2],
      [1, 2],
    ],
    [[], []],
    [[4], [1]],
    [[0, 3], [3]],
    [
      [2, 0],
      [2, 1],
    ],
  ].map(([from = [], to = []]) =>
    sample([spec(from, real)], { args: ([x]) => [x, to], note: `to [${to.join(", ")}]` }),
  ),
};

/** Shapes, axes and memory orders for operations along one axis. */
function alongAxis(values: Domain, defaultAxis?: number): Sample[] {
  const cases: [readonly number[], number | undefined, View?][] = [
    [[1], defaultAxis],
    [[4], defaultAxis],
    [[2, 3], defaultAxis],
    [[2, 3], 0],
    [[2, 3], -1],
    [[2, 3, 2], 1],
    [[2, 3, 2], -3],
    [[2, 3], 1, "transposed"],
    [[3, 2], 0, "strided"],
    [[3, 2], 1, "reversed"],
    [[3, 2], 1, "stretched"],
    [[0, 3], 1],
    [[3, 0], 1],
  ];
  return cases.map(([shape, axis, view = "plain"]) =>
    sample([spec(shape, values, { view })], {
      args: ([x]) => (axis === undefined ? [x] : [x, axis]),
      note: `axis ${axis ?? "default"}`,
    }),
  );
}
