/*
 * What the second run of the suite leaves out, and why. Files are named by their path, tests by their full name: a name
 * that no test has is an error.
 */

/** Files in which no operation runs on concrete tensors. */
export const withoutOperations: Readonly<Record<string, string>> = {
  "packages/core/test/tensor/layout.test.ts": "calls the functions that walk strides",
  "packages/core/test/tensor/shape.test.ts": "calls the functions that check shapes",
  "packages/core/test/ops/pieces.test.ts": "asks operations for their pieces, and runs none",
  "packages/nn/test/io/load.test.ts": "reads and refuses files",
};

interface Exception {
  readonly why: string;
  readonly tests: Readonly<Record<string, readonly string[]>>;
}

/** Tests that say how the reference kernels, not operations, behave. */
export const exceptions: readonly Exception[] = [
  {
    why: "views share memory; the result of a program is a copy",
    tests: {
      "packages/core/test/ops/join.test.ts": [
        "split > copies nothing",
        "unstack > gives every element of an axis, as views",
      ],
      "packages/core/test/ops/movement.test.ts": [
        "permute, transpose and moveAxis > are undone by the inverse order, and copy nothing",
        "reshape and flatten > copy only where the places of the elements leave no choice",
        "expandDims and squeeze > are views of any view, and undo each other",
        "broadcastTo > stretches without a copy",
      ],
      "packages/core/test/ops/slice.test.ts": [
        "slice > copies nothing, and what is made from the slice leaves the original as it was",
        "index > takes one element of an axis, which disappears",
        "flip > reverses the axes that are named, by default all, as a view",
      ],
      "packages/core/test/ops/windows.test.ts": [
        "slidingWindows > gives a thousand windows of a long series without a copy",
      ],
      "packages/core/test/tensor/tensor.test.ts": [
        "a tensor > gives data without a copy when it is contiguous, and a copy on demand",
      ],
      "packages/nn/test/data/split.test.ts": [
        "splitByTime > cuts the series into three spans, oldest first, without copies",
      ],
      "packages/nn/test/data/windows.test.ts": [
        "createSequences > copies nothing: the windows share the series' memory",
        "forecastWindows > makes 8,317 windows of 10 from 8,327 points, as views",
      ],
    },
  },
  {
    why: "compares every bit with Math.tanh and its kin; test/compile holds programs to 4 units in the last place",
    tests: {
      "packages/core/test/ops/activations.test.ts": [
        ..."tanh sigmoid leakyRelu softsign"
          .split(" ")
          .map((name) => `'${name}' > rounds the float64 result to float32 once`),
        "softplus and sigmoid keep the digits of small results",
      ],
      "packages/core/test/ops/unary.test.ts": ["exp", "expm1"].flatMap((name) => [
        `'${name}' > has the values of the scalar function, also at NaN, ±Infinity and −0`,
        `'${name}' > rounds the float64 result to float32 once`,
      ]),
    },
  },
  {
    why: "the products of a program add in blocks, in an order that depends on sizes and strides, float32 in float32",
    tests: {
      "packages/core/test/ops/matmul.test.ts": [
        "matmul > gives the very same numbers for any views as for their copies, and for each row by itself",
        "matmul > sums float32 products in float64",
      ],
      "examples/mgu/cell.test.ts": ["a scan and an unrolled loop give the same outputs"],
    },
  },
];

/** Why a test is left out; `undefined` if it is not. */
export function exceptionFor(file: string, test: string): string | undefined {
  return exceptions.find(({ tests }) => tests[file]?.includes(test))?.why;
}

/** The tests of a file that are left out. */
export function exceptedIn(file: string): readonly string[] {
  return exceptions.flatMap(({ tests }) => tests[file] ?? []);
}
