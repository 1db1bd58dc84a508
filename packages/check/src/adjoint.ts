import { checkSubject, checkInputs } from "./expect.js";
import type { AnyInputs, InputsFor } from "./inputs.js";
import { preflight } from "./preflight.js";
import { checkOptions, resolveOptions, type OptionNames } from "./options.js";
import { createRandom } from "./random.js";
import { createSubject, promoted } from "./subject.js";

/** Settings of `adjointTest`. */
export interface AdjointOptions {
  /** Relative tolerance, 1e-12 by default. */
  readonly rtol?: number;
  /** Pairs of random vectors, 3 by default. */
  readonly probes?: number;
  readonly seed?: number;
  /** Converts float32 inputs to float64 instead of refusing them. */
  readonly promote?: boolean;
}

const NAMES = { rtol: true, probes: true, seed: true, promote: true } satisfies OptionNames<AdjointOptions>;

const ROUNDINGS = 4;

/** What `adjointTest` found. */
export interface AdjointReport {
  readonly pass: boolean;
  /** The largest relative difference. */
  readonly error: number;
  readonly rtol: number;
  /** What stood in the way of a test as such: a function that is not deterministic, values that are not finite. */
  readonly problems: readonly string[];
  /** ⟨v, Ju⟩ from the forward sweep and ⟨Jᵀv, u⟩ from the reverse sweep, for each pair of random vectors. */
  readonly products: readonly {
    readonly forward: number;
    readonly reverse: number;
    readonly error: number;
  }[];
  toString(): string;
}

/**
 * Checks the two sweeps against each other: for random u and v, ⟨v, J·u⟩ from the forward rules must equal
 * ⟨Jᵀ·v, u⟩ from the reverse rules to rounding. No finite differences, so it is sharp and cheap; but a mistake that
 * both rules share escapes it. An input or result without float64 elements does not pass.
 *
 * @throws DtypeError and ArgumentError as `gradcheck`
 */
export function adjointTest<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: AdjointOptions = {},
): AdjointReport {
  const where = "adjointTest";
  checkOptions(where, options, NAMES);
  checkSubject(where, fn);
  checkInputs<Args>(where, inputs);
  const { rtol, probes, seed, promote } = resolveOptions(where, options, { rtol: 1e-12, probes: 3 });
  const subject = createSubject(where, fn, promote ? promoted(inputs) : inputs);
  const given = subject.variables.map(({ tensor }) => tensor);
  const { origin: outputs, problems } = preflight(subject);
  if (problems.length > 0) return failedReport(rtol, problems);
  const { length } = outputs;
  const random = createRandom(seed);
  const gaussian = (size: number): Float64Array => Float64Array.from({ length: size }, () => random.normal());
  const pull = subject.reverse();
  const empty = length === 0 || given.every((t) => t.size === 0);
  const products = Array.from({ length: empty ? 0 : probes }, () => {
    const u = given.map((t) => gaussian(t.size));
    const v = gaussian(length);
    const forward = product([v], [subject.forward(u)]);
    const reverse = product(pull(v), u);
    // A Jacobian of zero may come out as the rounding of the values from which it was computed.
    const slack = ROUNDINGS * Number.EPSILON * product([v], [outputs]).size;
    const difference = Math.max(Math.abs(forward.value - reverse.value) - slack, 0);
    // Terms may cancel: their own size, not that of the sum, is what rounding is relative to.
    const error = difference === 0 ? 0 : difference / Math.max(forward.size, reverse.size);
    return { forward: forward.value, reverse: reverse.value, error };
  });
  // NaN stays NaN, which is no pass.
  const error = products.reduce((max, p) => Math.max(max, p.error), 0);
  const pass = products.length > 0 && error <= rtol;
  const report = { pass, error, rtol, problems, products };
  return { ...report, toString: () => formatAdjoint(report) };
}

function failedReport(rtol: number, problems: readonly string[]): AdjointReport {
  const report = { pass: false, error: NaN, rtol, problems, products: [] };
  return { ...report, toString: () => formatAdjoint(report) };
}

function formatAdjoint({ pass, error, rtol, problems, products }: Omit<AdjointReport, "toString">): string {
  if (problems.length > 0) return ["adjoint test failed", ...problems.map((p) => `  ${p}`)].join("\n");
  if (products.length === 0)
    return "adjoint test is inconclusive: no float64 element in the inputs or in the result";
  const lines = products.map(
    ({ forward, reverse, error: e }) =>
      `  ⟨v, Ju⟩ = ${forward}, ⟨Jᵀv, u⟩ = ${reverse}, relative difference ${e.toExponential(1)}`,
  );
  const title = `adjoint test ${pass ? "passed" : "failed"}: relative difference ${error.toExponential(1)}, tolerance ${rtol.toExponential(1)}`;
  return `${title}\n${lines.join("\n")}`;
}

function product(as: readonly Float64Array[], bs: readonly Float64Array[]): { value: number; size: number } {
  let [value, size] = [0, 0];
  as.forEach((a, k) => {
    a.forEach((x, i) => {
      const term = x * (bs[k]?.[i] ?? NaN);
      value += term;
      size += Math.abs(term);
    });
  });
  return { value, size };
}
