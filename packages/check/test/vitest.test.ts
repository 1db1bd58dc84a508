import "@tapeloop/check/vitest";
import type { GradcheckOptions } from "@tapeloop/check";
import { apply, defineOp, mul, tanh, tensor, type Tensor } from "@tapeloop/core";
import { expect, expectTypeOf, test, type Matchers } from "vitest";

const x = tensor(
  [
    [0.5, -1.5],
    [1, 3],
  ],
  { dtype: "float64" },
);

const doubled = defineOp<readonly [Tensor]>({
  name: "doubled",
  shape: ([t]) => t,
  forward: ([t]) => t.toTypedArray(),
  vjp: (dy) => [() => mul(dy, 2)],
  jvp: ([dt]) => [() => mul(2, dt)],
});
const wrong = (t: Tensor): Tensor => apply(doubled, [t], {});

test("toPassGradcheck passes for a right gradient, with options", () => {
  expect((t: Tensor) => tanh(t)).toPassGradcheck([x]);
  expect((p: { w: Tensor }, t: Tensor) => mul(p.w, t)).toPassGradcheck([{ w: x }, x], {
    order: 2,
    mode: "reverse",
  });
});

test("toPassGradcheck fails with the report as its message", () => {
  expect(() => expect(wrong).toPassGradcheck([x])).toThrow(
    /gradcheck failed at inputs\[0\] \[\d, \d\]\n {2}analytic/,
  );
});

test("not.toPassGradcheck holds for a wrong gradient, and fails for a right one", () => {
  expect(wrong).not.toPassGradcheck([x]);
  expect(() => expect(tanh).not.toPassGradcheck([x])).toThrow(/gradcheck passed/);
});

test("toPassGradcheck refuses what is no function, and float32", () => {
  const assertion = expect(3);
  const matcher: unknown = Reflect.get(assertion, "toPassGradcheck");
  const untyped = (): unknown =>
    typeof matcher === "function" ? Reflect.apply(matcher, assertion, [[x]]) : undefined;
  expect(untyped).toThrow(/got number, expected the function/);
  expect(() => expect(wrong).toPassGradcheck([tensor([1])])).toThrow(/is float32/);
});

test("its options have their type", () => {
  type Matcher = Matchers<(p: { w: Tensor }, t: Tensor) => Tensor>["toPassGradcheck"];
  expectTypeOf<Matcher>().parameter(1).toEqualTypeOf<GradcheckOptions | undefined>();
});
