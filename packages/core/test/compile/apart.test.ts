import {
  add,
  compile,
  mul,
  normal,
  randomKey,
  sigmoid,
  slice,
  tanh,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";

/** Two long functions, one of the result of the other, as in an LSTM's o ⊙ tanh(f ⊙ c + i ⊙ c̃). */
const chained = (a: Tensor, b: Tensor): Tensor => mul(sigmoid(b), tanh(add(mul(sigmoid(a), b), a)));

function kernelsOver(shape: readonly number[], fn = chained): string[] {
  const given = zeros(shape, { dtype: "float32" });
  const { kernels } = compile(fn).explain(given, given);
  return kernels.map(({ what }) => what.replace(/ over.*/, ""));
}

describe("long functions one after another", () => {
  test("go through memory where there are enough elements to work ahead on, but no more than a cache holds", () => {
    expect(kernelsOver([32, 128])).toEqual(["sigmoid sigmoid mul add", "tanh mul"]);
    expect(kernelsOver([2, 4])).toHaveLength(1);
    expect(kernelsOver([1024, 1024])).toHaveLength(1);
  });

  test("stay together where neither needs the other", () => {
    expect(kernelsOver([32, 128], (a, b) => mul(sigmoid(a), tanh(b)))).toHaveLength(1);
  });

  test("give the same bits apart as together", () => {
    const [a, b] = [1, 2].map((seed) => normal(randomKey(seed), [64, 16], { dtype: "float32" }));
    if (a === undefined || b === undefined) throw new Error("there are two");
    const compiled = compile(chained);
    const row = (t: Tensor, i: number): Tensor => slice(t, [[i, i + 1]]);
    const rows = Array.from({ length: 64 }, (_, i) => [...compiled(row(a, i), row(b, i)).data]);
    expect([...compiled(a, b).data]).toEqual(rows.flat());
  });
});
