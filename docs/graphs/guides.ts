import {
  add,
  compile,
  grad,
  label,
  matmul,
  mean,
  record,
  scan,
  square,
  tanh,
  vjp,
  zeros,
  type Tensor,
} from "@tapeloop/core";
import { toDot } from "@tapeloop/dot";
import { lstm, unroll } from "@tapeloop/nn";
import { bodyOf } from "./cut.js";
import { mgu } from "../../examples/mgu/cell.js";

/** The diagrams of the guides, of programs that stand there. */
export const guides: Readonly<Record<string, () => string>> = {
  "mgu-step": () =>
    toDot(
      record(
        mguStep,
        mgu.init({ input: 1, hidden: 4 }, 1),
        label(zeros([1, 4]), "h"),
        label(zeros([1, 1]), "x"),
      ).tape,
    ),
  bptt: () =>
    toDot(
      record(
        backThroughTime,
        { Wxh: zeros([3, 2]), Whh: zeros([3, 3]), Why: zeros([1, 3]) },
        label(zeros([6, 2, 4]), "x"),
        label(zeros([3, 4]), "h"),
        label(zeros([1, 4]), "dy"),
      ).tape,
      { rankdir: "TB" },
    ),
  "compile-before": () => toDot(bodyOf(lstmPasses().at(0)?.tapes.before, 0)),
  "compile-after": () => toDot(bodyOf(lstmPasses().at(-1)?.tapes.after, 0)),
};

/** What the compiler does to the gradient of an LSTM. */
function lstmPasses() {
  const params = lstm.init({ input: 3, hidden: 4 }, 1);
  const loss = (p: typeof params, x: Tensor): Tensor => mean(square(unroll(lstm, p, x).outputs));
  return compile((p: typeof params, x: Tensor) => grad(loss)(p, x)).explain(
    params,
    label(zeros([6, 2, 3]), "x"),
  ).passes;
}

/** One step of the minimal gated unit. */
function mguStep(params: ReturnType<typeof mgu.init>, h: Tensor, x: Tensor): Tensor {
  return label(mgu.step(params, { h }, x).output, "h′");
}

interface RnnWeights {
  readonly Wxh: Tensor;
  readonly Whh: Tensor;
  readonly Why: Tensor;
}

/** An RNN, many-to-one, in columns: x [time, input, batch]. */
function manyToOne({ Wxh, Whh, Why }: RnnWeights, xs: Tensor, start: Tensor): Tensor {
  const step = (h: Tensor, x: Tensor) => {
    const z = label(add(matmul(Wxh, x), matmul(Whh, h)), "z");
    return [label(tanh(z), "h"), null] as const;
  };
  const [last] = scan(step, start, xs);
  return label(matmul(Why, last), "y");
}

/** Its gradients by the weights, from that of its output. */
function backThroughTime(weights: RnnWeights, xs: Tensor, start: Tensor, dy: Tensor): RnnWeights {
  const [, pullback] = vjp((w: RnnWeights) => manyToOne(w, xs, start), weights);
  const [{ Wxh, Whh, Why }] = pullback(dy);
  return { Wxh: label(Wxh, "dWxh"), Whh: label(Whh, "dWhh"), Why: label(Why, "dWhy") };
}
