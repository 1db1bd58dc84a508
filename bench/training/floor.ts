import { enableRelaxedSimd } from "@tapeloop/core/native";
import { rateOf } from "../gemm/measure.js";
import type { Result } from "./measure.js";
import type { Call } from "./timing.js";
import { weightsOf, type Workload } from "./workloads.js";

/** The contender that is held against its arithmetic. */
const HELD = "tapeloop-relaxed";

/** Nanoseconds that a tanh, a sigmoid or an exponential may take. */
const FUNCTION = 1;

/** Functions per hidden unit and step: tanh and sigmoid. */
const functionsOf = { rnn: 1, lstm: 5, mgu: 2 } as const;

/** The arithmetic that a model cannot do without. */
interface Arithmetic {
  readonly multiplyAdds: number;
  readonly functions: number;
}

/**
 * Of the forward computation: each step's gates of [h; x], and the output. A training step has as many multiply-adds
 * again for the gradients of the weights, and for those of h and the output's input, but none for the data's.
 */
function arithmeticOf(workload: Workload, call: Call): Arithmetic {
  const { cell, task, batch, time, input, hidden, output } = workload;
  const gates = weightsOf[cell].length;
  const many = task === "characters";
  const rows = batch * time;
  const gatesOfH = rows * hidden * gates * hidden;
  const outputs = (many ? rows : batch) * hidden * output;
  const forward = gatesOfH + rows * input * gates * hidden + outputs;
  return {
    multiplyAdds: call === "forward" ? forward : 2 * forward + gatesOfH + outputs,
    functions: rows * hidden * functionsOf[cell] + (many ? rows * output : 0),
  };
}

/** Giga floating-point operations per second of a large product by the library's own kernel, with multiply-add if there is. */
export function kernelRate(): number {
  return rateOf("[512,512]·[512,512]", enableRelaxedSimd());
}

/** Milliseconds that a call's arithmetic alone takes at such a rate. */
export function floorOf(workload: Workload, call: Call, rate: number): number {
  const { multiplyAdds, functions } = arithmeticOf(workload, call);
  return (2 * multiplyAdds) / (rate * 1e6) + (functions * FUNCTION) / 1e6;
}

/** The held contender's times beside the floor, as Markdown. */
export function floorTable(results: readonly Result[], level: string): string {
  const rows = results.flatMap(({ entrant, workload, outcome, rate }) => {
    if (entrant.name !== HELD || typeof outcome === "string" || workload.name === "W0") return [];
    const cells = (["step", "forward"] as const).flatMap((call) => {
      const floor = floorOf(workload, call, rate);
      return [outcome[call].toPrecision(3), floor.toPrecision(3), `${(outcome[call] / floor).toFixed(2)}×`];
    });
    return [`| ${[workload.name, rate.toFixed(1), ...cells].join(" | ")} |`];
  });
  if (rows.length === 0) return "";
  return [
    `${level} Beside its arithmetic`,
    `How near the program with multiply-add is to what its arithmetic alone takes: multiply-adds at the rate at which the library's own kernel multiplies two matrices of 512 × 512 (measured before and after each workload; the median of the better), and a nanosecond for each tanh, sigmoid and exponential. Milliseconds; W0 has no arithmetic to speak of.`,
    [
      "|  | GFLOP/s | step | arithmetic |  | loss alone | arithmetic |  |",
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
      ...rows,
    ].join("\n"),
  ].join("\n\n");
}
