import type { CellName } from "../../workloads.js";
import { named, type Create } from "../contender.js";
import type { CreateCell } from "./cell.js";
import { crossEntropy, squaredError } from "./losses.js";
import { lstm } from "./lstm.js";
import { mgu } from "./mgu.js";
import { Dense } from "./parts.js";
import { rnn } from "./rnn.js";

const cells: Readonly<Record<CellName, CreateCell>> = { rnn, lstm, mgu };

/** Loops over float32 arrays that are allocated once; back-propagation through time written out by hand. */
export const hand: Create = (problem) => {
  const { workload, params, xs, y } = problem;
  const { task, batch, time, hidden, output, rate } = workload;
  const cell = cells[workload.cell](problem);
  const dense = new Dense(named(params, "wy").data, named(params, "by").data);
  const loss = task === "characters" ? crossEntropy(output) : squaredError;
  const rows = task === "characters" ? time * batch : batch;
  const from = ((time + 1) * batch - rows) * hidden;
  const [h, dh] = [cell.hs.all.subarray(from), cell.dhs.all.subarray(from)];
  const [prediction, gradient] = [new Float32Array(rows * output), new Float32Array(rows * output)];

  const forward = (place?: Float32Array): number => {
    cell.forward(xs.data);
    dense.forward(prediction, h, rows);
    return loss(prediction, y.data, place);
  };
  return {
    step: () => {
      const value = forward(gradient);
      cell.dhs.all.fill(0);
      dense.backward(dh, h, gradient, rows);
      cell.backward(xs.data);
      dense.update(rate);
      cell.update(rate);
      return value;
    },
    forward: () => forward(),
    params: () => ({ ...cell.params(), wy: dense.w, by: dense.b }),
  };
};
