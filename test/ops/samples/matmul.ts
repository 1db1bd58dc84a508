import { sample, type SampleTable } from "../sample.js";
import { real, spec } from "../values.js";

const x = (...shape: number[]) => spec(shape, real);
const transposed = (...shape: number[]) => spec(shape, real, { view: "transposed" });
const strided = (...shape: number[]) => spec(shape, real, { view: "strided" });
const reversed = (...shape: number[]) => spec(shape, real, { view: "reversed" });
const stretched = (...shape: number[]) => spec(shape, real, { view: "stretched" });

export const products: SampleTable = {
  matmul: [
    sample([x(2, 3), x(3, 4)]),
    sample([x(3, 3), x(3, 3)]),
    sample([x(1, 3), x(3, 1)]),
    sample([x(2, 2, 3), x(3, 2)]),
    sample([x(2, 2, 3), x(2, 3, 2)]),
    sample([x(2, 1, 2, 2), x(3, 2, 2)]),
    sample([x(1, 2, 3), x(2, 3, 1)]),
    sample([x(2, 3), x(2, 3, 2)]),
    sample([transposed(2, 3), x(3, 2)]),
    sample([x(2, 3), transposed(3, 2)]),
    sample([strided(2, 3), reversed(3, 2)]),
    sample([stretched(2, 2, 3), x(3, 2)]),
    sample([x(0, 3), x(3, 2)]),
    sample([x(2, 0), x(0, 3)]),
    sample([x(2, 2)], { args: ([a]) => [a, a], note: "with itself" }),
  ],
  affine: [
    sample([x(2, 3), x(3, 2), x(2)]),
    sample([x(1, 1), x(1, 1), x(1)]),
    sample([x(2, 2, 3), x(3, 2), x(2)]),
    sample([x(2, 3), x(3, 3), x(3)]),
    sample([transposed(2, 3), x(3, 2), x(2)]),
    sample([x(2, 3), transposed(3, 2), x(2)]),
    sample([x(2, 3), x(3, 2), strided(2)]),
    sample([reversed(2, 2), strided(2, 2), reversed(2)]),
    sample([stretched(3, 2), x(2, 2), x(2)]),
    sample([x(0, 3), x(3, 2), x(2)]),
  ],
  outer: [
    sample([x(2), x(3)]),
    sample([x(1), x(1)]),
    sample([x(4), x(1)]),
    sample([x(2, 3), x(2, 2)]),
    sample([x(2, 3), x(2)]),
    sample([x(2, 1, 2), x(3, 2)]),
    sample([transposed(2, 3), x(2, 2)]),
    sample([strided(3), reversed(2)]),
    sample([stretched(2, 2), x(2)]),
    sample([x(0), x(3)]),
    sample([x(3)], { args: ([a]) => [a, a], note: "with itself" }),
  ],
};
