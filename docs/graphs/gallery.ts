import {
  label,
  record,
  square,
  sum,
  valueAndGrad,
  zeros,
  type Tape,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { toDot, type DotOptions } from "@tapeloop/dot";
import { gru, lstm, rnn, unroll, type Cell } from "@tapeloop/nn";
import { mgu } from "../../examples/mgu/cell.js";
import { minGru } from "../../examples/min-gru/cell.js";
import { peepholeLstm } from "../../examples/peephole-lstm/cell.js";

/** Each cell of the library and the examples: folded in time, step by step, and with its backward pass. */
export const gallery: Readonly<Record<string, () => string>> = {
  ...picturesOf(rnn),
  ...picturesOf(lstm),
  ...picturesOf(gru),
  ...picturesOf(mgu),
  ...picturesOf(minGru),
  // Shapes at its edges would make it too wide for a page.
  ...picturesOf(peepholeLstm, { shapes: false }),
  "lstm-backward-dark": () => withBackward(lstm, { theme: "dark" }),
};

function picturesOf<Params extends Tree, State extends { readonly h: Tensor }>(
  cell: Cell<Params, State>,
  ofGradient: DotOptions = {},
): Record<string, () => string> {
  const { name } = cell;
  const rankdir = "TB";
  return {
    [name]: () => toDot(recorded(cell, outputs(cell)), { rankdir }),
    [`${name}-3-steps`]: () => toDot(recorded(cell, outputs(cell)), { rankdir, unrolled: 3, shapes: false }),
    [`${name}-backward`]: () => withBackward(cell, ofGradient),
  };
}

function withBackward<Params extends Tree, State extends { readonly h: Tensor }>(
  cell: Cell<Params, State>,
  options: DotOptions = {},
): string {
  const title = `${cell.name}: 24 steps and the gradient of L = Σ h² after the last one`;
  const tape = recorded(cell, valueAndGrad(loss(cell)));
  return toDot(tape, { rankdir: "TB", title, backward: "beside", ...options });
}

type Program<Params> = (params: Params, xs: Tensor) => unknown;

/** The tape of a program, for a cell of 32 units and 24 steps of 8 sequences. */
function recorded<Params extends Tree, State extends { readonly h: Tensor }>(
  cell: Cell<Params, State>,
  program: Program<Params>,
): Tape {
  return record(program, cell.init({ input: 3, hidden: 32 }, 1), label(zeros([24, 8, 3]), "x")).tape;
}

function outputs<Params extends Tree, State extends { readonly h: Tensor }>(
  cell: Cell<Params, State>,
): Program<Params> {
  return (params, xs) => label(unroll(cell, params, xs).outputs, "hs");
}

/** L = Σ h² after the last step. */
function loss<Params extends Tree, State extends { readonly h: Tensor }>(
  cell: Cell<Params, State>,
): (params: Params, xs: Tensor) => Tensor {
  return (params, xs) => {
    const { state } = unroll(cell, params, xs);
    return label(sum(square(state.h)), "L");
  };
}
