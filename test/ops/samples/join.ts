import { cases } from "../patterns.js";
import { sample, type Sample, type SampleTable } from "../sample.js";
import { integers, real, spec, type TensorSpec, type View } from "../values.js";

const x = (shape: readonly number[], view: View = "plain") => spec(shape, real, { view });
const whole = (shape: readonly number[]) => spec(shape, integers(-9, 9), { dtype: "int32" });

/** A list of tensors, then an axis. */
const joined = (specs: readonly TensorSpec[], ...axis: readonly number[]): Sample =>
  sample(specs, {
    args: (tensors) => [tensors, ...axis],
    note: axis.length === 0 ? "" : `axis ${axis.join()}`,
  });

const tripled = sample([x([2, 2])], { args: ([t]) => [[t, t, t]], note: "three times the same" });

export const join: SampleTable = {
  concat: [
    joined([x([2]), x([3])]),
    joined([x([2, 3]), x([2, 1])]),
    joined([x([2, 3]), x([1, 3])], 0),
    joined([x([2, 1, 2]), x([2, 3, 2]), x([2, 2, 2])], 1),
    joined([x([2, 3])]),
    joined([x([2, 3]), x([2, 0])], -1),
    joined([x([0, 3]), x([2, 3])], 0),
    joined([x([0, 3]), x([0, 3])], 0),
    joined([x([2, 3], "transposed"), x([2, 2], "reversed")], 1),
    joined([x([3], "strided"), x([2], "reversed")], 0),
    joined([x([2, 2], "stretched"), x([1, 2])], 0),
    joined([whole([2, 2]), whole([2, 1])]),
    tripled,
  ],
  stack: [
    joined([x([]), x([])]),
    joined([x([3]), x([3])]),
    joined([x([3]), x([3])], 1),
    joined([x([2, 3]), x([2, 3]), x([2, 3])], -1),
    joined([x([2, 3]), x([2, 3])], 1),
    joined([x([2, 3])], 0),
    joined([x([0, 3]), x([0, 3])], 1),
    joined([x([2, 3], "transposed"), x([2, 3])], 2),
    joined([x([3], "strided"), x([3], "reversed")], 0),
    joined([x([2, 2], "stretched"), x([2, 2])], 0),
    joined([whole([2]), whole([2])]),
    tripled,
  ],
  vstack: [
    joined([x([3]), x([3])]),
    joined([x([1]), x([1])]),
    joined([x([2, 3]), x([1, 3])]),
    joined([x([2, 3])]),
    joined([x([2, 1, 2]), x([1, 1, 2])]),
    joined([x([0, 2]), x([2, 2])]),
    joined([x([2, 3], "transposed"), x([1, 3])]),
    joined([x([3], "strided"), x([3], "reversed")]),
    joined([x([2, 2], "stretched"), x([1, 2]), x([3, 2])]),
    joined([whole([2]), whole([2])]),
    tripled,
  ],
  hstack: [
    joined([x([3]), x([2])]),
    joined([x([1]), x([1])]),
    joined([x([2, 3]), x([2, 1])]),
    joined([x([2, 3])]),
    joined([x([2, 1, 2]), x([2, 3, 2])]),
    joined([x([2, 0]), x([2, 2])]),
    joined([x([2, 3], "transposed"), x([2, 2])]),
    joined([x([3], "strided"), x([3], "reversed")]),
    joined([x([2, 2], "stretched"), x([2, 1]), x([2, 3])]),
    joined([whole([2]), whole([1])]),
    tripled,
  ],
  split: cases([
    [[6], 3],
    [[4], [1, 3]],
    [[2, 4], 2],
    [[4, 3], 2, 0],
    [[2, 5, 2], [2, 0, 3], 1],
    [[2, 3], 1],
    [[2, 3], [3]],
    [[0, 4], 2],
    [[3, 0], 2],
    [x([2, 4], "transposed"), 2, 0],
    [x([4], "strided"), 2],
    [x([2, 4], "reversed"), [1, 3]],
    [x([2, 4], "stretched"), 2],
    [whole([4]), 2],
  ]),
  unstack: cases([
    [[3]],
    [[2, 3]],
    [[2, 3], 1],
    [[2, 3, 2], -1],
    [[2, 3, 2], 1],
    [[1, 3]],
    [[0, 3]],
    [[3, 0]],
    [x([2, 3], "transposed"), 1],
    [x([4], "strided")],
    [x([2, 3], "reversed")],
    [x([2, 3], "stretched")],
    [whole([2, 2])],
  ]),
};
