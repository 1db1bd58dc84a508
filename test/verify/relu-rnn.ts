import { add, affine, matmul, relu, scan, sum, square, tensor, type Tensor } from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { seeded } from "./seeded.js";

/** How a run of many checks of right gradients came out. */
export interface Tally {
  readonly runs: number;
  readonly inconclusive: number;
  /** Reports of the runs that failed: false alarms. */
  readonly failures: readonly string[];
}

const [STEPS, INPUT, HIDDEN, BATCH] = [20, 2, 4, 1] as const;

/**
 * Checks `runs` random ReLU-RNNs over 20 time steps, whose right gradients must never be called wrong: about 80
 * kinks lie around every point.
 */
export function checkReluRnns(runs: number, firstSeed = 0): Tally {
  const failures: string[] = [];
  let inconclusive = 0;
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const draw = seeded(seed);
    const params = {
      wx: draw([INPUT, HIDDEN], 1),
      wh: draw([HIDDEN, HIDDEN], 0.9 / Math.sqrt(HIDDEN)),
      b: draw([HIDDEN], 0.3),
    };
    const xs = draw([STEPS, BATCH, INPUT], 1);
    const loss = (p: typeof params, x: Tensor): Tensor => {
      const step = (h: Tensor, xt: Tensor) => {
        const next = relu(add(matmul(h, p.wh), affine(xt, p.wx, p.b)));
        return [next, next] as const;
      };
      const [, hs] = scan(step, tensor(new Float64Array(BATCH * HIDDEN), { shape: [BATCH, HIDDEN] }), x);
      return sum(square(hs));
    };
    const report = gradcheck(loss, [params, xs], { mode: "reverse", seed, maxEntries: 5 });
    if (report.verdict === "fail") failures.push(`seed ${seed}: ${report.toString()}`);
    if (report.verdict === "inconclusive") inconclusive++;
  }
  return { runs, inconclusive, failures };
}
