import { describe, expect, it } from "vitest";
import {
  add,
  compile,
  concat,
  label,
  matmul,
  normal,
  randomKey,
  scan,
  tanh,
  zeros,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import { isTape } from "@tapeloop/core";

const draw = (shape: readonly number[], seed: number): Tensor => normal(randomKey(seed), shape);

/** What the inputs of the loop are called once all passes have run. */
function loopInputs(fn: (h: Tensor, x: Tensor, w: Tensor, b: Tensor) => Tensor): (string | undefined)[] {
  const args = { w: draw([7, 4], 1), b: draw([4], 2), x: draw([5, 2, 3], 3) };
  const run = ({ w, b, x }: typeof args): Tensor =>
    scan((h: Tensor, row: Tensor) => [fn(h, row, w, b), null], label(zeros([2, 4]), "h"), x)[0];
  const tape = compile(run).explain(args).passes.at(-1)?.tapes.after;
  return (bodyOf(tape)?.inputs ?? []).map((t) => t.label);
}

function bodyOf(tape: Tape | undefined): Tape | undefined {
  for (const { attrs } of tape?.nodes ?? []) if ("body" in attrs && isTape(attrs.body)) return attrs.body;
  return undefined;
}

describe("what a pass makes before a loop", () => {
  it("is named in it by the expression that makes it", () => {
    const cell = (h: Tensor, x: Tensor, w: Tensor, b: Tensor): Tensor =>
      tanh(add(matmul(concat([h, x]), w), b));
    expect(loopInputs(cell)).toEqual(["h", "x·w[4:7] + b", "w[0:4]"]);
  });
});
