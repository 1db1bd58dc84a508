import { cases } from "../patterns.js";
import type { SampleTable } from "../sample.js";
import { bits, integers, real, spec } from "../values.js";

type Shape = readonly number[];

const transposed = (shape: Shape) => spec(shape, real, { view: "transposed" });
const strided = (shape: Shape) => spec(shape, real, { view: "strided" });
const reversed = (shape: Shape) => spec(shape, real, { view: "reversed" });
const stretched = (shape: Shape) => spec(shape, real, { view: "stretched" });
const whole = (shape: Shape) => spec(shape, integers(-9, 9), { dtype: "int32" });
const flags = (shape: Shape) => spec(shape, bits, { dtype: "bool", view: "transposed" });

export const movement: SampleTable = {
  permute: cases([
    [[2, 3]],
    [[2, 3, 4]],
    [
      [2, 3, 2],
      [1, 0, 2],
    ],
    [
      [2, 3, 2],
      [2, 0, 1],
    ],
    [
      [2, 3, 2],
      [-1, 0, -2],
    ],
    [[], []],
    [[4], [0]],
    [
      [2, 0, 3],
      [1, 2, 0],
    ],
    [transposed([2, 3, 2]), [0, 2, 1]],
    [strided([3, 2]), [1, 0]],
    [reversed([2, 3])],
    [stretched([3, 2])],
    [whole([2, 3])],
    [flags([2, 3])],
  ]),
  transpose: cases([
    [[2, 3]],
    [[1, 1]],
    [[2, 3, 4]],
    [[2, 3, 2], 0, 1],
    [[2, 3, 2], 0, -1],
    [[2, 3], 0, 0],
    [[0, 3]],
    [transposed([2, 3])],
    [strided([2, 3])],
    [reversed([2, 2, 2]), 0, 2],
    [stretched([3, 2])],
    [whole([2, 3])],
  ]),
  reshape: cases([
    [
      [2, 3],
      [3, 2],
    ],
    [[2, 3], [6]],
    [[2, 3], [-1]],
    [
      [2, 3],
      [1, -1, 2],
    ],
    [[], [1, 1]],
    [[1], []],
    [
      [0, 3],
      [3, 0],
    ],
    [
      [2, 2, 3],
      [4, 3],
    ],
    [transposed([2, 3]), [3, 2]],
    [transposed([2, 3, 2]), [12]],
    [strided([4]), [2, 2]],
    [reversed([2, 3]), [6]],
    [stretched([3, 2]), [2, 3]],
    [flags([2, 3]), [6]],
  ]),
  expandDims: cases([
    [[2, 3], 0],
    [[2, 3], 1],
    [[2, 3], -1],
    [
      [2, 3],
      [0, 2],
    ],
    [[], 0],
    [[], [0, 1]],
    [[0], 1],
    [transposed([2, 3]), 1],
    [strided([3]), 0],
    [reversed([3]), -1],
    [whole([3]), 0],
  ]),
  squeeze: cases([
    [[1, 2, 1, 3]],
    [[1, 2, 1, 3], 0],
    [[1, 2, 1, 3], 2],
    [
      [1, 2, 1, 3],
      [0, -2],
    ],
    [[1]],
    [[]],
    [[2, 3]],
    [[1, 0]],
    [transposed([3, 1, 2]), 1],
    [strided([2, 1])],
    [reversed([1, 3])],
    [whole([1, 3])],
  ]),
  broadcastTo: cases([
    [[3], [2, 3]],
    [[1], [4]],
    [[], [2, 2]],
    [[], []],
    [
      [2, 1, 3],
      [2, 2, 3],
    ],
    [
      [2, 1],
      [3, 2, 4],
    ],
    [
      [1, 3],
      [0, 3],
    ],
    [
      [2, 3],
      [2, 3],
    ],
    [transposed([2, 3]), [2, 2, 3]],
    [strided([3, 1]), [3, 2]],
    [reversed([3]), [2, 3]],
    [whole([3]), [2, 3]],
    [flags([2, 1]), [2, 3]],
  ]),
  moveAxis: cases([
    [[2, 3], 0, 1],
    [[2, 3, 4], 0, -1],
    [[2, 3, 4], 2, 0],
    [[2, 3, 4], -1, 1],
    [[2, 3, 4], 1, 1],
    [[3], 0, 0],
    [[2, 0, 3], 0, 2],
    [transposed([2, 3, 2]), 0, 2],
    [strided([2, 3]), 1, 0],
    [reversed([2, 3]), 0, 1],
    [whole([2, 3]), 1, 0],
  ]),
  flatten: cases([
    [[2, 3]],
    [[2, 3, 2]],
    [[2, 3, 2], 1],
    [[2, 3, 2], 0, 1],
    [[2, 3, 2], -2, -1],
    [[4]],
    [[]],
    [[1, 1]],
    [[0, 3]],
    [transposed([2, 3])],
    [strided([2, 3])],
    [reversed([2, 3])],
    [stretched([3, 2])],
    [flags([2, 3])],
  ]),
  tile: cases([
    [[3], [2]],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [2, 3],
      [1, 2],
    ],
    [
      [2, 3],
      [2, 2],
    ],
    [
      [2, 1],
      [1, 3],
    ],
    [[], []],
    [
      [2, 3],
      [0, 2],
    ],
    [
      [2, 0],
      [2, 2],
    ],
    [transposed([2, 3]), [1, 2]],
    [strided([3]), [2]],
    [reversed([2, 3]), [2, 1]],
    [whole([2, 3]), [2, 1]],
  ]),
  repeat: cases([
    [[3], 2],
    [[3], 2, 0],
    [[2, 3], 2, 0],
    [[2, 3], 2, 1],
    [[2, 3], 2, -1],
    [[2, 3], 1, 0],
    [[2, 3], 0, 0],
    [[0, 3], 2, 1],
    [transposed([2, 3]), 3, 1],
    [strided([3]), 2, 0],
    [reversed([2, 3]), 2, 0],
    [whole([2, 3]), 2, 0],
  ]),
};
