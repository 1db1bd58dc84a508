import { fc, test } from "@fast-check/vitest";
import { record, tensor, type Tensor } from "@tapeloop/core";
import { allFinite, clipByGlobalNorm, globalNorm } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { fixture, type Numbers } from "../../../../test/fixtures/index.js";
import { expectClose } from "../close.js";

const f64 = (values: Numbers): Tensor => tensor(values, { dtype: "float64" });

describe("clipByGlobalNorm", () => {
  it.each(fixture("optim").clipByGlobalNorm.map((c) => [c.maxNorm, c] as const))(
    "agrees with PyTorch for a norm of at most %d",
    (maxNorm, c) => {
      const gradients = Object.fromEntries(
        Object.entries(c.gradients).map(([name, values]) => [name, f64(values)]),
      );
      const { grads, norm } = clipByGlobalNorm(gradients, maxNorm);
      expectClose(norm.item(), c.norm, 1e-14);
      for (const [name, expected] of Object.entries(c.clipped))
        expectClose(grads[name]?.toArray(), expected, 1e-14);
    },
  );

  it("clips gradients whose squares overflow float32", () => {
    const { grads, norm } = clipByGlobalNorm({ a: tensor([3e25]), b: tensor([-4e25]) }, 1);
    expectClose(norm.item() / 5e25, 1, 1e-6);
    expectClose([grads.a.item(), grads.b.item()], [0.6, -0.8], 1e-6);
    expect(grads.a.dtype).toBe("float32");
  });

  it("leaves zeros at zero", () => {
    const { grads, norm } = clipByGlobalNorm([tensor([0, 0])], 1);
    expect([norm.item(), grads[0]?.toArray()]).toEqual([0, [0, 0]]);
  });

  it("has a norm that tells of NaN and Infinity", () => {
    for (const value of [NaN, Infinity]) {
      const { grads, norm } = clipByGlobalNorm({ a: tensor([value]), b: tensor([1]) }, 1);
      expect(Number.isFinite(norm.item())).toBe(false);
      expect(grads.a.item()).toBe(NaN);
    }
  });

  it("refuses a norm that is not positive", () => {
    for (const maxNorm of [0, -1, NaN])
      expect(() => clipByGlobalNorm({ a: tensor(1) }, maxNorm)).toThrow(`got maxNorm ${maxNorm}`);
  });

  it("is made of recorded operations", () => {
    const { tape } = record((g) => clipByGlobalNorm(g, 1), { a: tensor([1, 2]) });
    expect(tape.nodes.map(({ op }) => op.name)).toContain("sqrt");
  });
});

describe("allFinite", () => {
  it("is true only when every element of every tensor is a finite number", () => {
    const answer = (tree: unknown) => allFinite(tree).toArray();
    expect(answer({ a: tensor([1, 2]), b: [tensor(3)] })).toBe(true);
    expect(answer({ a: tensor([1, NaN]), b: [tensor(3)] })).toBe(false);
    expect(answer({ a: tensor([1, 2]), b: [tensor(-Infinity)] })).toBe(false);
    expect(answer({})).toBe(true);
  });
});

const values = fc.array(fc.integer({ min: -999, max: 999 }), { minLength: 1, maxLength: 8 });

test.prop([values, values, fc.integer({ min: 1, max: 50 })])(
  "the norm afterwards is at most maxNorm, and the direction is kept",
  (a, b, maxNorm) => {
    const before = { a: f64(a), b: [f64(b)] };
    const { grads, norm } = clipByGlobalNorm(before, maxNorm);
    expect(globalNorm(grads).item()).toBeLessThanOrEqual(maxNorm * (1 + 1e-12));
    const scale = Math.min(1, maxNorm / (norm.item() + 1e-6));
    expectClose(
      grads.a.toArray(),
      a.map((v) => v * scale),
      1e-12,
    );
    expectClose(norm.item(), Math.hypot(...a, ...b), 1e-12);
  },
);
