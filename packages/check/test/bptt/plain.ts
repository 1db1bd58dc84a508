/**
 * The three networks once more, as scalar loops over units and samples, written apart from the formulas under
 * test. Every number is read through a {@link Read}.
 *
 * Sites: the name of each weight (at the step that uses it); "x" and "h", "c" (as made at step t; t = 0 for
 * h_0 and c_0); "h→y" (h_t as its own output sees it); and, with t the step that reads, "h→z" (the RNN's next
 * step), "h→f" … "h→o" (one gate of the LSTM), "h→r", "h→z", "h→n", "h→h" (the GRU), "c→c" and "c→h".
 */
import type { Activation, GruParams, LstmParams, Objective, RnnParams } from "../../src/bptt/index.js";
import { at, type Matrix } from "../../src/bptt/matrix.js";
import type { Read } from "./numeric.js";

interface Run {
  readonly xs: readonly (Matrix | undefined)[];
  readonly h0: Matrix;
  readonly objectives: readonly (Objective | undefined)[];
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Loss of the RNN; an input that is `undefined` is left out. */
export function plainRnn(p: RnnParams, run: Run, activation: Activation, read: Read): number {
  return overBatch(run, (b) => {
    let h = initial("h", run.h0, b, read);
    return run.xs.map((x, index) => {
      const t = index + 1;
      const seen = seenBy("h→z", t, h, b, read);
      h = h.map((_, i) => {
        let z = at1("bh", p.bh, i, t, read) + dot("Whh", p.Whh, i, seen, t, read);
        if (x !== undefined) z += dot("Wxh", p.Wxh, i, inputOf(x, t, b, read), t, read);
        return read("h", t, i, b, activation.fn(z));
      });
      return outputLoss(["Why", p.Why, "by", p.by], h, run.objectives[index], t, b, read);
    });
  });
}

/** Loss of the LSTM in concatenated form, and Σ dcT ⊙ c_T. */
export function plainLstm(
  p: LstmParams,
  run: Run & { readonly c0: Matrix; readonly dcT: Matrix },
  read: Read,
): number {
  return overBatch(run, (b) => {
    let h = initial("h", run.h0, b, read);
    let c = initial("c", run.c0, b, read);
    const losses = run.xs.map((x, index) => {
      const t = index + 1;
      const input = x === undefined ? [] : inputOf(x, t, b, read);
      const gate = (g: "f" | "i" | "c" | "o", W: Matrix, bias: Matrix, act: (z: number) => number) => {
        const joint = [...seenBy(`h→${g}`, t, h, b, read), ...input];
        return h.map((_, i) => act(dot(`W${g}`, W, i, joint, t, read) + at1(`b${g}`, bias, i, t, read)));
      };
      const f = gate("f", p.Wf, p.bf, sigmoid);
      const i = gate("i", p.Wi, p.bi, sigmoid);
      const cTilde = gate("c", p.Wc, p.bc, Math.tanh);
      const o = gate("o", p.Wo, p.bo, sigmoid);
      const kept = seenBy("c→c", t, c, b, read);
      c = c.map((_, k) => read("c", t, k, b, num(f, k) * num(kept, k) + num(i, k) * num(cTilde, k)));
      const shown = seenBy("c→h", t, c, b, read);
      h = h.map((_, k) => read("h", t, k, b, num(o, k) * Math.tanh(num(shown, k))));
      return outputLoss(["Wy", p.Wy, "by", p.by], h, run.objectives[index], t, b, read);
    });
    const last = seenBy("c→c", run.xs.length + 1, c, b, read);
    return [...losses, ...last.map((value, i) => at(run.dcT, i, b) * value)];
  });
}

/** Loss of the GRU with PyTorch's convention. */
export function plainGru(p: GruParams, run: Run, read: Read): number {
  return overBatch(run, (b) => {
    let h = initial("h", run.h0, b, read);
    return run.xs.map((x, index) => {
      const t = index + 1;
      const input = x === undefined ? [] : inputOf(x, t, b, read);
      const onInput = (g: "r" | "z" | "n", W: Matrix, bias: Matrix, i: number) =>
        dot(`Wi${g}`, W, i, input, t, read) + at1(`bi${g}`, bias, i, t, read);
      const onState = (g: "r" | "z" | "n", W: Matrix, bias: Matrix, i: number) =>
        dot(`Wh${g}`, W, i, seenBy(`h→${g}`, t, h, b, read), t, read) + at1(`bh${g}`, bias, i, t, read);
      const kept = seenBy("h→h", t, h, b, read);
      h = h.map((_, i) => {
        const r = sigmoid(onInput("r", p.Wir, p.bir, i) + onState("r", p.Whr, p.bhr, i));
        const z = sigmoid(onInput("z", p.Wiz, p.biz, i) + onState("z", p.Whz, p.bhz, i));
        const n = Math.tanh(onInput("n", p.Win, p.bin, i) + r * onState("n", p.Whn, p.bhn, i));
        return read("h", t, i, b, (1 - z) * n + z * num(kept, i));
      });
      return outputLoss(["Wy", p.Wy, "by", p.by], h, run.objectives[index], t, b, read);
    });
  });
}

/** Sum of the losses of all steps and samples. */
function overBatch(run: Run, losses: (b: number) => number[]): number {
  let sum = 0;
  for (let b = 0; b < run.h0.cols; b++) for (const loss of losses(b)) sum += loss;
  return sum;
}

function outputLoss(
  [nameW, W, nameB, bias]: [string, Matrix, string, Matrix],
  h: number[],
  objective: Objective | undefined,
  t: number,
  b: number,
  read: Read,
): number {
  if (objective === undefined) return 0;
  const seen = seenBy("h→y", t, h, b, read);
  let loss = 0;
  for (let i = 0; i < W.rows; i++) {
    const y = dot(nameW, W, i, seen, t, read) + at1(nameB, bias, i, t, read);
    if ("dy" in objective) loss += at(objective.dy, i, b) * y;
    else loss += (y - at(objective.target, i, b)) ** 2 / (W.rows * objective.target.cols);
  }
  return loss;
}

function initial(site: string, state: Matrix, b: number, read: Read): number[] {
  return Array.from({ length: state.rows }, (_, i) => read(site, 0, i, b, at(state, i, b)));
}

function inputOf(x: Matrix, t: number, b: number, read: Read): number[] {
  return Array.from({ length: x.rows }, (_, i) => read("x", t, i, b, at(x, i, b)));
}

function seenBy(site: string, t: number, state: number[], b: number, read: Read): number[] {
  return state.map((value, i) => read(site, t, i, b, value));
}

function dot(site: string, W: Matrix, i: number, v: number[], t: number, read: Read): number {
  return v.reduce((sum, value, k) => sum + read(site, t, i, k, at(W, i, k)) * value, 0);
}

function at1(site: string, bias: Matrix, i: number, t: number, read: Read): number {
  return read(site, t, i, 0, at(bias, i, 0));
}

function num(values: number[], i: number): number {
  const value = values[i];
  if (value === undefined) throw new RangeError(`num: no entry ${i}`);
  return value;
}
