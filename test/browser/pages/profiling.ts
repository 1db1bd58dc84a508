import { compile, matmul, normal, randomKey, scan, tanh, type Tensor } from "@tapeloop/core";
import { timeOverlay, toDot } from "@tapeloop/dot";

/** Measures a loop that spends nearly all its time on products, and draws where the time goes. */
export default function profiling() {
  const w = normal(randomKey(1), [96, 96]);
  const run = compile((x: Tensor) => {
    const [y] = scan((h: Tensor) => [tanh(matmul(h, w)), null], x, null, { length: 6 });
    return y;
  });
  const profile = run.profile([w]);
  const { executor, kernels } = profile;
  const [longest] = kernels.toSorted((a, b) => b.milliseconds - a.milliseconds);
  const dot = toDot(profile.tape, { overlay: timeOverlay(profile) });
  return {
    executor,
    longest: longest?.kind,
    isShared: kernels.every(({ milliseconds }) => milliseconds <= profile.milliseconds),
    isDrawn: /tanh.*k\d+: [\d.]+ (ns|µs|ms) · /.test(dot),
  };
}
