import { describe, expect, test } from "vitest";
import {
  add,
  affine,
  grad,
  label,
  matmul,
  mul,
  record,
  replay,
  scope,
  sigmoid,
  square,
  sum,
  tanh,
  timeStep,
  treeTensors,
  type Tensor,
} from "@tapeloop/core";
import { expectClose, values } from "../helpers/values.js";

const x = values([2, 3], 1);
const params = { w: values([3, 4], 2), b: values([4], 3) };

describe("record", () => {
  test("returns the result and the operations in the order they ran", () => {
    const { outputs, tape } = record((p: typeof params, a: Tensor) => tanh(affine(a, p.w, p.b)), params, x);
    expectClose(outputs, tanh(affine(x, params.w, params.b)));
    expect(tape.nodes.map((node) => node.op.name)).toEqual(["matmul", "add", "tanh"]);
    expect(tape.outputs).toEqual([outputs]);
    expect(tape.producer(outputs)).toEqual({ node: tape.nodes[2], output: 0 });
  });

  test("labels the inputs by their path in the arguments", () => {
    const { tape } = record((p: typeof params, a: Tensor) => affine(a, p.w, p.b), params, x);
    expect(tape.inputs.map((t) => t.label)).toEqual(["b", "w", undefined]);
  });

  test("shows as constants what came from outside", () => {
    const { tape } = record((a: Tensor) => add(matmul(a, params.w), 1), x);
    expect(tape.constants).toEqual([params.w, expect.objectContaining({ shape: [] })]);
  });

  test("nodes know their scope, time step and the sweep that made them", () => {
    const step = (a: Tensor): Tensor =>
      scope("lstm", () => scope("forget", () => timeStep(3, () => label(sigmoid(a), "f"))));
    const { tape } = record((a: Tensor) => grad((b: Tensor) => sum(step(b)))(a), x);
    const sigmoidNode = tape.nodes.find((node) => node.op.name === "sigmoid");
    expect(sigmoidNode?.where).toMatchObject({ scope: "lstm/forget", step: 3, derivative: undefined });
    expect(sigmoidNode?.outputs[0]?.label).toBe("f");
    const [first] = tape.nodes.filter((node) => node.where.derivative?.of === sigmoidNode?.outputs[0]);
    expect(first?.where).toMatchObject({ scope: "lstm/forget", step: 3 });
    expect(first?.where.derivative?.mode).toBe("vjp");
  });

  test("prints one line a node", () => {
    const { tape } = record(
      (p: typeof params, a: Tensor) =>
        scope("layer", () => label(tanh(add(matmul(a, p.w), mul(p.b, 2))), "h")),
      params,
      x,
    );
    expect(String(tape)).toBe(
      [
        '%0 = input : float64 [4] "b"',
        '%1 = input : float64 [3, 4] "w"',
        "%2 = input : float64 [2, 3]",
        "%3 = matmul %2 %1 : float64 [2, 4]  # layer",
        "%4 = mul %0 2 : float64 [4]  # layer",
        "%5 = add %3 %4 : float64 [2, 4]  # layer",
        '%6 = tanh %5 : float64 [2, 4] "h"  # layer',
        "return %6",
      ].join("\n"),
    );
  });

  test("two recordings of one program print alike", () => {
    const text = (): string =>
      String(record((a: Tensor) => grad((b: Tensor) => sum(square(tanh(b))))(a), x).tape);
    expect(text()).toBe(text());
  });

  test("nested tapes see the same tensors", () => {
    const outer = record((a: Tensor) => {
      const inner = record((b: Tensor) => square(b), a);
      return { inner, doubled: mul(inner.outputs, 2) };
    }, x);
    const [node] = outer.outputs.inner.tape.nodes;
    expect(outer.tape.producer(outer.outputs.inner.outputs)?.node.op.name).toBe("square");
    expect(node?.outputs[0]).toBe(outer.outputs.inner.outputs);
  });
});

test("replay runs a tape on other inputs, with scopes and labels kept", () => {
  const f = (p: typeof params, a: Tensor): Tensor =>
    scope("layer", () => label(tanh(affine(a, p.w, p.b)), "h"));
  const { tape } = record(f, params, x);
  const other = { w: values([3, 4], 7), b: values([4], 8) };
  const [y] = replay(tape, [other.b, other.w, x]);
  expectClose(y, f(other, x));
  const again = record(() => replay(tape, [other.b, other.w, x])).tape;
  expect(again.nodes.map((node) => node.where.scope)).toEqual(["layer", "layer", "layer"]);
  expect(again.nodes.at(-1)?.outputs[0]?.label).toBe("h");
  expect(() => replay(tape, [])).toThrow("replay: got 0 inputs, expected 3");
});

test("10,000 chained operations are swept without deep recursion, in both modes", () => {
  const f = (a: Tensor): Tensor => {
    let y = a;
    for (let t = 0; t < 10_000; t++) y = mul(tanh(y), 1.0001);
    return sum(y);
  };
  expect(treeTensors(grad(f)(x)).every((t) => t.data.every(Number.isFinite))).toBe(true);
});
