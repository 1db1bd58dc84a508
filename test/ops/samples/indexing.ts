import { cases } from "../patterns.js";
import { sample, type Sample, type SampleTable } from "../sample.js";
import { integers, real, spec, type View } from "../values.js";

type Shape = readonly number[];

const x = (shape: Shape, view: View = "plain") => spec(shape, real, { view });
const whole = (shape: Shape) => spec(shape, integers(-9, 9), { dtype: "int32" });
/** Indices below n; repeats are likely. */
const below = (n: number, shape: Shape, view: View = "plain") =>
  spec(shape, integers(0, n), { dtype: "int32", view });

/** Tensors, then an axis. */
const along = (specs: Parameters<typeof sample>[0], ...axis: readonly number[]): Sample =>
  sample(specs, {
    args: (tensors) => [...tensors, ...axis],
    note: axis.length === 0 ? "" : `axis ${axis.join()}`,
  });

export const indexing: SampleTable = {
  take: [
    along([x([4]), below(4, [3])]),
    along([x([4]), below(4, [])]),
    along([x([3, 2]), below(3, [5])]),
    along([x([3, 2]), below(3, [2, 2])]),
    along([x([2, 3]), below(3, [2])], 1),
    along([x([2, 3, 2]), below(3, [2, 1])], -2),
    along([x([1, 2]), below(1, [4])]),
    along([x([3, 2]), below(3, [0])]),
    along([x([3, 0]), below(3, [2])]),
    along([x([3, 2], "transposed"), below(3, [4])]),
    along([x([4], "strided"), below(4, [2, 3], "transposed")]),
    along([x([3, 2], "reversed"), below(2, [3], "strided")], 1),
    along([x([3, 2], "stretched"), below(3, [2])]),
    along([whole([3, 2]), below(3, [2])]),
  ],
  gather: [
    along([x([4]), below(4, [3])], 0),
    along([x([2, 3]), below(3, [2, 1])], 1),
    along([x([2, 3]), below(2, [4, 3])], 0),
    along([x([2, 3]), below(3, [2, 5])], -1),
    along([x([2, 3, 2]), below(3, [2, 2, 2])], 1),
    along([x([1]), below(1, [3])], 0),
    along([x([2, 3]), below(3, [2, 0])], 1),
    along([x([0, 3]), below(3, [0, 2])], 1),
    along([x([2, 3], "transposed"), below(3, [2, 2])], 1),
    along([x([4], "strided"), below(4, [3], "reversed")], 0),
    along([x([2, 3], "reversed"), below(3, [2, 2], "transposed")], 1),
    along([x([3, 2], "stretched"), below(2, [3, 1])], 1),
    along([whole([2, 3]), below(3, [2, 1])], 1),
  ],
  scatterAdd: [
    along([x([4]), below(4, [3]), x([3])], 0),
    along([x([2, 3]), below(3, [2, 1]), x([2, 1])], 1),
    along([x([2, 3]), below(2, [4, 3]), x([4, 3])], 0),
    along([x([2, 3]), below(3, [2, 5]), x([2, 5])], -1),
    along([x([2, 3, 2]), below(3, [2, 2, 2]), x([2, 2, 2])], 1),
    along([x([1]), below(1, [3]), x([3])], 0),
    along([x([2, 3]), below(3, [2, 0]), x([2, 0])], 1),
    along([x([0, 3]), below(3, [0, 2]), x([0, 2])], 1),
    along([x([2, 3], "transposed"), below(3, [2, 2]), x([2, 2], "reversed")], 1),
    along([x([4], "strided"), below(4, [3], "reversed"), x([3], "strided")], 0),
    along([x([3, 2], "stretched"), below(2, [3, 1]), x([3, 1])], 1),
    along([whole([2, 3]), below(3, [2, 1]), whole([2, 1])], 1),
  ],
};

/** Vectors with one 1. */
export const oneHots: readonly Sample[] = cases([
  [below(3, []), 3],
  [below(3, [4]), 3],
  [below(3, [2, 2]), 5],
  [below(1, [3]), 1],
  [below(3, [0]), 3],
  [below(3, [4]), 3, { dtype: "float64" }],
  [below(3, [4]), 3, { dtype: "int32" }],
  [below(3, [4]), 3, { dtype: "bool" }],
  [below(3, [2, 3], "transposed"), 3],
  [below(3, [4], "strided"), 4],
  [below(3, [2, 2], "reversed"), 3],
]);
