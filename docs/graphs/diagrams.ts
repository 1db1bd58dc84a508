import {
  add,
  affine,
  grad,
  label,
  matmul,
  record,
  scope,
  square,
  sub,
  sum,
  tanh,
  timeStep,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { toDot } from "@tapeloop/dot";
import { lstm, rnn, type RnnParams } from "@tapeloop/nn";
import { gallery } from "./gallery.js";
import { guides } from "./guides.js";
import { lstmStep } from "./lstm.js";
import { overlays } from "./overlays.js";
import { passDiagrams } from "./passes.js";

/** The diagrams of the docs: their DOT texts by file name. `npm run docs:graphs` draws them. */
export const diagrams: Readonly<Record<string, () => string>> = {
  layer: () => toDot(record(layer, layerParams(), x(2, 3)).tape),
  "layer-gradient": () => toDot(record(lossGradient, layerParams(), x(2, 3)).tape),
  "rnn-step": () => toDot(record(rnnStep, rnn.init({ input: 3, hidden: 4 }, 1), state(2, 4), x(2, 3)).tape),
  "rnn-unrolled": () =>
    toDot(
      record(
        rnnLoop,
        rnn.init({ input: 3, hidden: 4 }, 1),
        state(2, 4),
        [0, 1, 2].map((t) => label(zeros([2, 3]), `x${subscript(t)}`)),
      ).tape,
      { unrolled: true },
    ),
  "lstm-step": () =>
    toDot(
      record(
        lstmStep,
        lstm.init({ input: 3, hidden: 32 }, 1),
        { h: zeros([8, 32]), c: zeros([8, 32]) },
        x(8, 3),
      ).tape,
      { rankdir: "TB" },
    ),
  ...guides,
  ...passDiagrams,
  ...gallery,
  ...overlays,
};

interface LayerParams {
  readonly w: Tensor;
  readonly b: Tensor;
}

const layerParams = (): LayerParams => ({ w: zeros([3, 4]), b: zeros([4]) });
const x = (batch: number, input: number): Tensor => label(zeros([batch, input]), "x");
const state = (batch: number, hidden: number): Tensor => label(zeros([batch, hidden]), "h");
const subscript = (t: number): string => String.fromCodePoint(0x2080 + t);

/** y = tanh(x·w + b). */
function layer({ w, b }: LayerParams, x: Tensor): Tensor {
  return label(tanh(affine(x, w, b)), "y");
}

/** L = Σ (1 − y)². */
function loss(params: LayerParams, x: Tensor): Tensor {
  return label(sum(square(sub(1, layer(params, x)))), "L");
}

function lossGradient(params: LayerParams, x: Tensor): LayerParams {
  const { w, b } = grad(loss)(params, x);
  return { w: label(w, "dL/dw"), b: label(b, "dL/db") };
}

/** h′ = tanh(x·wx + h·wh + b). */
function rnnStep({ wx, wh, b }: RnnParams, h: Tensor, x: Tensor): Tensor {
  return label(tanh(add(add(matmul(x, wx), matmul(h, wh)), b)), "h′");
}

/** The RNN as a plain loop, which records every step. */
function rnnLoop({ wx, wh, b }: RnnParams, start: Tensor, xs: readonly Tensor[]): Tensor {
  return scope("rnn", () => {
    let h = start;
    xs.forEach((x, t) => {
      h = timeStep(t, () => tanh(add(add(matmul(x, wx), matmul(h, wh)), b)));
      label(h, `h${subscript(t + 1)}`);
    });
    return h;
  });
}
