import { cast, dtypes, grad, isFloat, jvp, mul, ones, sum, tensor, zeros, type Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";

const floats = dtypes.filter(isFloat);
const others = dtypes.filter((dtype) => !isFloat(dtype));
const pairs = floats.flatMap((from) => floats.map((to) => ({ from, to })));

describe("the derivative of cast", () => {
  test.each(pairs)("from $from to $to is 1, in the dtype of the other side", ({ from, to }) => {
    const x = tensor([0.5, -1.5], { dtype: from });
    const w = tensor([2, 0.25], { dtype: to });
    const f = (t: Tensor): Tensor => sum(mul(cast(t, to), w));
    expect(grad(f)(x)).toMatchObject({ dtype: from, shape: [2] });
    expect(grad(f)(x).toArray()).toEqual([2, 0.25]);
    const [, tangent] = jvp((t: Tensor) => cast(t, to), [x], [ones([2], { dtype: from })]);
    expect(tangent.dtype).toBe(to);
    expect(tangent.toArray()).toEqual([1, 1]);
  });

  test.each(pairs)("from $from to $to has derivatives of second order", ({ from, to }) => {
    const x = tensor([0.5, -1.5], { dtype: from });
    const cube = (t: Tensor): Tensor => {
      const y = cast(t, to);
      return sum(mul(y, mul(y, y)));
    };
    const second = grad((t: Tensor) => sum(grad(cube)(t)))(x);
    expect(second.dtype).toBe(from);
    expect(second.toArray()).toEqual([3, -9]);
    expect(jvp(grad(cube), [x], [ones([2], { dtype: from })])[1].toArray()).toEqual([3, -9]);
  });

  test.each(floats.flatMap((from) => others.map((to) => ({ from, to }))))(
    "from $from through $to and back is 0: whole numbers carry no gradient",
    ({ from, to }) => {
      const x = tensor([0, 1], { dtype: from });
      const f = (t: Tensor): Tensor => cast(cast(t, to), from);
      expect(grad((t: Tensor) => sum(f(t)))(x).toArray()).toEqual([0, 0]);
      const [, tangent] = jvp(f, [x], [ones([2], { dtype: from })]);
      expect(tangent).toMatchObject({ dtype: from });
      expect(tangent.toArray()).toEqual(zeros([2]).toArray());
    },
  );
});
