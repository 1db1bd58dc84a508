import { gradcheck } from "@tapeloop/check";
import {
  add,
  affine,
  concat,
  customGradient,
  label,
  matmul,
  mean,
  mul,
  normal,
  randomKey,
  record,
  scope,
  sigmoid,
  square,
  sub,
  sum,
  tanh,
  zeros,
  type Tape,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { checkOverlay, costOverlay, normOverlay, toDot } from "@tapeloop/dot";
import { lstm, rnn, unroll, type Cell } from "@tapeloop/nn";
import { lstmStep } from "./lstm.js";

const sizes = { input: 3, hidden: 32 };
const STEPS = 24;

/** Measured things, and a loop that nobody marked. */
export const overlays: Readonly<Record<string, () => string>> = {
  "rnn-vanishing": () => {
    const { wx, wh, b } = rnn.init(sizes, 1);
    return gradients(rnn, { wx, wh: mul(0.5, wh), b });
  },
  "lstm-surviving": () => gradients(lstm, lstm.init(sizes, 1)),
  "lstm-cost": () => {
    const { h, c } = lstm.state(sizes, 8);
    const x = label(zeros([8, sizes.input]), "x");
    const { tape } = record(lstmStep, lstm.init(sizes, 1), { h, c }, x);
    return toDot(tape, { overlay: costOverlay(tape) });
  },
  "wrong-bias": () => {
    const params = { wf: draw(1, [5, 3]), bf: draw(2, [3]), wc: draw(3, [5, 3]), bc: draw(4, [3]) };
    const inputs = [params, label(draw(5, [4, 3]), "h"), label(draw(6, [4, 2]), "x")] as const;
    const { tape } = record(wrongStep, ...inputs);
    const report = gradcheck(wrongStep, inputs, { mode: "reverse" });
    return toDot(tape, { overlay: checkOverlay(tape, report), shapes: false });
  },
  "plain-loop": () => toDot(record(plainLoop, rnn.init(sizes, 1), label(zeros([8, 32]), "h₀"), data()).tape),
};

/** The first steps and the last of a cell over time, with the norms of values and of gradients of L. */
function gradients<Params extends Tree, State extends { readonly h: Tensor }>(
  cell: Cell<Params, State>,
  params: Params,
): string {
  const tape = lossOver(cell, params);
  return toDot(tape, { overlay: normOverlay(tape), unrolled: 3, rankdir: "TB", shapes: false });
}

/** L = Σ h² after the last of 24 steps of 8 sequences. */
function lossOver<Params extends Tree, State extends { readonly h: Tensor }>(
  cell: Cell<Params, State>,
  params: Params,
): Tape {
  const loss = (p: Params, xs: Tensor): Tensor => label(sum(square(unroll(cell, p, xs).state.h)), "L");
  return record(loss, params, label(normal(randomKey(2), [STEPS, 8, sizes.input]), "x")).tape;
}

interface GateParams {
  readonly wf: Tensor;
  readonly bf: Tensor;
  readonly wc: Tensor;
  readonly bc: Tensor;
}

/** z + b, with a gradient by b that is a mean over the batch where it should be a sum. */
const plusBias = customGradient((z: Tensor, b: Tensor) => add(z, b), {
  vjp: (dy) => [dy, mean(dy, 0)],
});

/** A minimal gated unit, one of whose biases has a wrong gradient. */
function wrongStep({ wf, bf, wc, bc }: GateParams, h: Tensor, x: Tensor): Tensor {
  const f = scope("forget", () => label(sigmoid(plusBias(matmul(concat([h, x]), wf), bf)), "f"));
  const c = scope("candidate", () => label(tanh(affine(concat([mul(f, h), x]), wc, bc)), "c"));
  return label(add(mul(sub(1, f), h), mul(f, c)), "h′");
}

function draw(seed: number, shape: readonly number[]): Tensor {
  return normal(randomKey(seed), shape, { dtype: "float64" });
}

/** An RNN as any loop: nothing says where a step begins. */
function plainLoop(params: ReturnType<typeof rnn.init>, start: Tensor, xs: readonly Tensor[]): Tensor {
  let h = start;
  for (const x of xs) h = label(tanh(add(add(matmul(x, params.wx), matmul(h, params.wh)), params.b)), "h");
  return h;
}

const data = (): Tensor[] => Array.from({ length: STEPS }, (_, t) => label(zeros([8, 3]), `x${t}`));
