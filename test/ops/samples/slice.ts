import { cases } from "../patterns.js";
import type { SampleTable } from "../sample.js";
import { bits, integers, real, spec, type View } from "../values.js";

const x = (shape: readonly number[], view: View) => spec(shape, real, { view });
const whole = (shape: readonly number[]) => spec(shape, integers(-9, 9), { dtype: "int32" });
const flags = (shape: readonly number[]) => spec(shape, bits, { dtype: "bool" });

export const slices: SampleTable = {
  slice: cases([
    [[5], [[1, 4]]],
    [[5], [[null, null, 2]]],
    [[5], [[null, null, -1]]],
    [[5], [[-2, 0, -2]]],
    [
      [3, 4],
      [null, [1, 3]],
    ],
    [
      [3, 4],
      [
        [0, 2],
        [3, 0, -1],
      ],
    ],
    [[3, 4], { axis: -1, start: 1, stop: 3 }],
    [
      [2, 3, 4],
      [[1], null, [0, 4, 3]],
    ],
    [[5], [[3, 3]]],
    [
      [0, 3],
      [null, [1, 2]],
    ],
    [
      x([3, 4], "transposed"),
      [
        [1, 3],
        [0, 3, 2],
      ],
    ],
    [x([5], "strided"), [[1, 5, 2]]],
    [x([3, 4], "reversed"), [[2, 0, -1], [1]]],
    [
      x([3, 4], "stretched"),
      [
        [0, 2],
        [1, 3],
      ],
    ],
    [[], []],
    [whole([2, 4]), [null, [1, 3]]],
  ]),
  index: cases([
    [[3], 1],
    [[3], -1],
    [[2, 3], 0],
    [[2, 3], 1, 1],
    [[2, 3, 2], -2, 1],
    [[2, 3, 2], 1, -1],
    [[1, 1], 0],
    [[2, 0], 1],
    [x([2, 3], "transposed"), 1],
    [x([4], "strided"), 2],
    [x([2, 3], "reversed"), 2, 1],
    [x([3, 2], "stretched"), 1],
    [whole([2, 3]), 1],
  ]),
  flip: cases([
    [[4]],
    [[2, 3]],
    [[2, 3], 0],
    [[2, 3], [1]],
    [
      [2, 3, 2],
      [0, -1],
    ],
    [[2, 3], []],
    [[]],
    [[0, 3], 1],
    [x([2, 3], "transposed"), 0],
    [x([4], "strided")],
    [x([2, 3], "reversed"), 1],
    [x([3, 2], "stretched")],
    [flags([2, 3])],
  ]),
  pad: cases([
    [[3], [[1, 2]]],
    [[3], [[0, 0]]],
    [
      [2, 3],
      [
        [1, 0],
        [0, 2],
      ],
    ],
    [
      [2, 3],
      [
        [0, 1],
        [1, 1],
      ],
      1.5,
    ],
    [
      [2, 1, 2],
      [
        [0, 0],
        [1, 1],
        [0, 1],
      ],
    ],
    [[], []],
    [[0], [[1, 1]]],
    [
      [0, 2],
      [
        [0, 0],
        [1, 0],
      ],
    ],
    [
      x([2, 3], "transposed"),
      [
        [1, 1],
        [0, 0],
      ],
    ],
    [x([3], "strided"), [[2, 0]], -1],
    [
      x([2, 3], "reversed"),
      [
        [0, 1],
        [1, 0],
      ],
    ],
    [
      x([3, 2], "stretched"),
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [whole([2]), [[1, 1]], 7],
  ]),
  slidingWindows: cases([
    [[5], 3],
    [[5], 1],
    [[5], 5],
    [[6], 2, { step: 2 }],
    [[7], 3, { step: 2 }],
    [[5, 2], 2],
    [[2, 5], 3, { axis: 1 }],
    [[2, 5, 2], 2, { axis: -2, step: 3 }],
    [[4, 0], 2],
    [x([5, 2], "transposed"), 3],
    [x([5], "strided"), 2],
    [x([4, 2], "reversed"), 2],
    [x([4, 2], "stretched"), 3],
    [whole([5]), 2],
  ]),
};
