import { createRandom, randomWeights } from "../random.js";
import type { GradcheckMode } from "../options.js";
import { createSubject } from "../subject.js";
import type { Point } from "./point.js";

/**
 * The parameters, states and data whose gradient is exactly 0 in all entries, for random cotangents: paths such as
 * `params.wf`, `state.h`, `xs`. Of such a gradient nothing but that zero can be checked.
 */
export function zeroGradients<P, S>(
  run: (point: Point<P, S>) => unknown,
  point: Point<P, S>,
  mode: GradcheckMode,
  seed: number,
): string[] {
  const { variables, ...subject } = createSubject("checkCell", run, [point]);
  const random = createRandom(seed);
  const given = variables.map(({ tensor }) => tensor);
  const isZero = (values: Float64Array | undefined): boolean => values?.every((v) => v === 0) ?? true;
  const weights = randomWeights(random, subject.evaluate(given).length);
  const gradient = mode === "forward" ? undefined : subject.reverse()(weights);
  /** Without a reverse sweep: what moves when this variable alone does. */
  const along = (k: number): Float64Array =>
    subject.forward(given.map((t, i) => randomWeights(random, t.size).fill(0, 0, i === k ? 0 : t.size)));
  return variables
    .filter(({ tensor }, k) => tensor.size > 0 && isZero(gradient === undefined ? along(k) : gradient[k]))
    .map(({ path }) => path.slice("inputs[0].".length));
}
