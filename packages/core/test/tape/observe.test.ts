import { describe, expect, it } from "vitest";
import { add, checkpoint, tensor, mul, observe, scan, scope, sum, tanh, zeros } from "../../src/index.js";

describe("observe", () => {
  it("reports every kernel in order, with its values and its scope", () => {
    const seen: string[] = [];
    const y = observe(
      ({ op, outputs: [out], where }) => seen.push(`${op.name} ${String(out?.toArray())} ${where.scope}`),
      () => scope("cell", () => sum(mul(tensor([1, 2]), 3))),
    );
    expect(y.item()).toBe(9);
    expect(seen).toEqual(["mul 3,6 cell", "sum 9 cell"]);
  });

  it("sees the inside of a loop, step by step, and then the loop", () => {
    const seen: string[] = [];
    observe(
      ({ op, outputs: [out], where }) =>
        seen.push(`${op.name} ${String(out?.toArray())} ${String(where.step)}`),
      () => scan((h, x) => [add(h, x), null], zeros([]), tensor([1, 2, 3])),
    );
    expect(seen).toEqual(["add 1 0", "add 3 1", "add 6 2", "scan 6 undefined"]);
  });

  it("sees the inside of a checkpoint", () => {
    const seen: string[] = [];
    observe(
      ({ op }) => seen.push(op.name),
      () => checkpoint((x: ReturnType<typeof zeros>) => tanh(x))(zeros([2])),
    );
    expect(seen).toEqual(["tanh", "checkpoint"]);
  });

  it("ends with the function, also when that throws", () => {
    let count = 0;
    const count1 = (): void => {
      count++;
    };
    expect(() =>
      observe(count1, () => {
        tanh(1);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    tanh(1);
    expect(count).toBe(1);
  });

  it("does not report what the listener itself computes", () => {
    const seen: string[] = [];
    observe(
      ({ op, outputs: [out] }) => {
        seen.push(op.name);
        if (out !== undefined) sum(out);
      },
      () => tanh(tensor([1])),
    );
    expect(seen).toEqual(["tanh"]);
  });
});
