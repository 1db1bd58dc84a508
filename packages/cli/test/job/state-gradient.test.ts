import {
  add,
  concat,
  grad,
  normal,
  randomKey,
  reshape,
  slice,
  tensor,
  treeMap,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { defineCell, gru, linear, lstm, mse, rnn, type Cell } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { createForecaster, type ForecasterParams } from "../../src/job/model.js";
import { stateGradient } from "../../src/job/state-gradient.js";

const [T, B, H] = [5, 4, 3];
const key = (n: number) => randomKey(n);
const batch = { inputs: normal(key(1), [T, B, 1]), targets: normal(key(2), [B, 1]) };

/** ‖dL/dh_t‖ another way: by tensors added to the output h of every step, where it enters all that follows. */
function byAddedTensors(cell: Cell, params: ForecasterParams): number[] {
  const loss = (deltas: Tensor): Tensor => {
    let state = cell.state({ input: 1, hidden: H }, B);
    let h = zeros([B, H]);
    for (let t = 0; t < T; t++) {
      const x = reshape(slice(batch.inputs, { start: t, stop: t + 1 }), [B, 1]);
      const next = cell.step(params.cell, state, x);
      h = add(next.output, reshape(slice(deltas, { start: t, stop: t + 1 }), [B, H]));
      state = treeMap(next.state, (part, path) => (path === "h" ? h : part));
    }
    return mse(linear.apply(params.head, h), batch.targets, { reduction: "mean" });
  };
  const gradient = grad(loss)(zeros([T, B, H])).data;
  return Array.from({ length: T }, (_, t) => Math.hypot(...gradient.slice(t * B * H, (t + 1) * B * H)));
}

describe("the gradient by the hidden state of each time step", () => {
  it.each<readonly [string, Cell]>([
    ["rnn", rnn],
    ["lstm", lstm],
    ["gru", gru],
  ])("of %s is that of tensors added to the states", (_name, cell) => {
    const model = createForecaster(cell, H, 1);
    const params = model.init(3);
    const { part, norms } = stateGradient(model, params, batch);
    expect(part).toBe("h");
    const expected = byAddedTensors(cell, params);
    expected.forEach((norm, t) => expect(norms[t]! / norm).toBeCloseTo(1, 4));
  });

  it("is taken in the last of several layers", () => {
    const model = createForecaster(rnn, H, 2);
    const { part, norms } = stateGradient(model, model.init(3), batch);
    expect(part).toBe("h");
    expect(norms.every((norm) => norm > 0)).toBe(true);
  });

  it("is by the whole state where none of it is called h, and zero where the state has no influence", () => {
    const memory = defineCell("memory", {
      params: ({ hidden }) => ({ w: tensor([Array.from({ length: hidden }, (_, i) => i + 1)]) }),
      state: ({ hidden }, n) => ({ seen: zeros([n, hidden]) }),
      step: ({ w }, { seen }: { seen: Tensor }, x) => {
        const now = concat([x, x, x], 1);
        return { state: { seen: now }, output: add(add(seen, now), w) };
      },
    });
    const model = createForecaster(memory, H, 1);
    const { part, norms } = stateGradient(model, model.init(1), batch);
    expect(part).toBe("state");
    expect([...norms].map((norm) => norm > 0)).toEqual([false, false, false, true, true]);
  });
});
