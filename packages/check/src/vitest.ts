import { ArgumentError } from "@tapeloop/core";
import { expect } from "vitest";
import { adjointTest, type AdjointOptions } from "./adjoint.js";
import { checkCell, type CheckCellOptions } from "./cell/check-cell.js";
import type { CellLike } from "./cell/structure.js";
import { compareGradients, type CompareGradientsOptions } from "./cross/compare-gradients.js";
import { gradgradcheck, type GradgradcheckOptions } from "./cross/gradgradcheck.js";
import { taylorTest, type TaylorOptions } from "./cross/taylor.js";
import { kindOf } from "./expect.js";
import { gradcheck } from "./gradcheck.js";
import type { AnyInputs, InputsFor } from "./inputs.js";
import type { GradcheckOptions } from "./options.js";
import type { Verdict } from "./verdict.js";

/** The arguments of the function that is checked. */
type InputsOf<T> = T extends (...args: infer Args) => unknown ? Args : never;

/** The sizes of the cell that is checked. */
type SizesOf<T> = T extends { state(sizes: infer Sizes, batch: number): unknown } ? Sizes : never;

declare module "vitest" {
  interface Matchers<T> {
    /**
     * The gradient of the function agrees with finite differences at `inputs`; see `gradcheck`. The message of a
     * failure is the report.
     */
    toPassGradcheck<Given extends AnyInputs = AnyInputs>(
      inputs: InputsFor<InputsOf<T>, Given>,
      options?: GradcheckOptions,
    ): void;
    /** First and second derivatives agree with finite differences and with each other; see `gradgradcheck`. */
    toPassGradgradcheck<Given extends AnyInputs = AnyInputs>(
      inputs: InputsFor<InputsOf<T>, Given>,
      options?: GradgradcheckOptions,
    ): void;
    /** The forward and the reverse sweep are each other's transpose; see `adjointTest`. */
    toPassAdjointTest<Given extends AnyInputs = AnyInputs>(
      inputs: InputsFor<InputsOf<T>, Given>,
      options?: AdjointOptions,
    ): void;
    /** With the gradient, Taylor's remainder shrinks at rate 2; see `taylorTest`. */
    toPassTaylorTest<Given extends AnyInputs = AnyInputs>(
      inputs: InputsFor<InputsOf<T>, Given>,
      options?: TaylorOptions,
    ): void;
    /**
     * `expect(hand).toMatchGradientOf(fn, inputs)`: the gradient derived by hand, that of the tape and finite differences
     * agree; see `compareGradients`.
     */
    toMatchGradientOf<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
      fn: (...args: Args) => unknown,
      inputs: InputsFor<NoInfer<Args>, Given>,
      options?: CompareGradientsOptions,
    ): void;
    /** The recurrent cell passes all checks; see `checkCell`. */
    toPassCheckCell(options: CheckCellOptions<SizesOf<T>>): void;
  }
}

/** What the matchers have in common. */
interface Report {
  readonly pass: boolean;
  /** Left out where there is nothing between pass and fail. */
  readonly verdict?: Verdict;
  toString(): string;
}

/** Neither `toPass…` nor `not.toPass…` holds of what is undecided. */
const result = (report: Report, { isNot }: { readonly isNot: boolean }) => ({
  pass: report.pass || (isNot && report.verdict === "inconclusive"),
  message: () => report.toString(),
});

expect.extend({
  toPassGradcheck(received: unknown, inputs: readonly unknown[], options?: GradcheckOptions) {
    return result(gradcheck(functionOf("toPassGradcheck", received), inputs, options), this);
  },
  toPassGradgradcheck(received: unknown, inputs: readonly unknown[], options?: GradgradcheckOptions) {
    return result(gradgradcheck(functionOf("toPassGradgradcheck", received), inputs, options), this);
  },
  toPassAdjointTest(received: unknown, inputs: readonly unknown[], options?: AdjointOptions) {
    return result(adjointTest(functionOf("toPassAdjointTest", received), inputs, options), this);
  },
  toPassTaylorTest(received: unknown, inputs: readonly unknown[], options?: TaylorOptions) {
    return result(taylorTest(functionOf("toPassTaylorTest", received), inputs, options), this);
  },
  toMatchGradientOf(
    received: unknown,
    fn: unknown,
    inputs: readonly unknown[],
    options?: CompareGradientsOptions,
  ) {
    const hand = functionOf("toMatchGradientOf", received, "the hand-derived gradient: expect(hand)");
    const checked = functionOf("toMatchGradientOf", fn, "the function to check as its first argument");
    const asGradient = (...args: readonly unknown[]): object => gradientOf(hand(...args));
    return result(compareGradients(asGradient, checked, inputs, options), this);
  },
  toPassCheckCell(received: unknown, options: CheckCellOptions<{ readonly input: number }>) {
    return result(checkCell(cellOf(received), options), this);
  },
});

function functionOf(
  matcher: string,
  value: unknown,
  expected = "the function to check: expect(fn)",
): (...args: readonly unknown[]) => unknown {
  if (isFunction(value)) return value;
  throw new ArgumentError(`${matcher}: got ${kindOf(value)}, expected ${expected}`);
}

function isFunction(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === "function";
}

function gradientOf(value: unknown): object {
  if (typeof value === "object" && value !== null) return value;
  if (typeof value === "number") return [value];
  throw new ArgumentError(`toMatchGradientOf: the hand formula gave ${kindOf(value)}, expected a gradient`);
}

function cellOf(value: unknown): CellLike {
  if (isCell(value)) return value;
  throw new ArgumentError(`toPassCheckCell: got ${kindOf(value)}, expected a cell: expect(cell)`);
}

function isCell(value: unknown): value is CellLike {
  return typeof value === "object" && value !== null && "step" in value && "state" in value;
}
