import { grad, label, ones, record, scope, sum, timeStep, type Tape, type Tensor } from "@tapeloop/core";
import { lstm, type LstmParams } from "@tapeloop/nn";

/** What the screenshot shows: an LSTM over a hundred steps as a plain loop, and its gradient. */
export function lstmTape(): Tape {
  const loss = (params: LstmParams, xs: readonly Tensor[]): Tensor => {
    let state = lstm.state({ input: 3, hidden: 8 }, 2);
    scope("layer", () => {
      xs.forEach((x, t) => (state = timeStep(t, () => lstm.step(params, state, x).state)));
    });
    return label(sum(state.h), "L");
  };
  const xs = Array.from({ length: 100 }, (_, t) => label(ones([2, 3]), `x ${t}`));
  return record(grad(loss), lstm.init({ input: 3, hidden: 8 }, 1), xs).tape;
}
