import type { FunctionRef, ModuleBuilder } from "../../wasm/index.js";
import { defineFused } from "./fused.js";
import type { FusedPlan } from "./fused-plan.js";

/** The fused kernels of a module. Equal ones are one function. */
export class FusedKernels {
  readonly #module: ModuleBuilder;
  readonly #known = new Map<string, FunctionRef>();

  constructor(module: ModuleBuilder) {
    this.#module = module;
  }

  of(plan: FusedPlan): FunctionRef {
    const key = keyOf(plan);
    let found = this.#known.get(key);
    if (found === undefined) {
      found = defineFused(this.#module, plan, titleOf(plan));
      this.#known.set(key, found);
    }
    return found;
  }
}

/** What makes two kernels the same code: everything but where their memory is. */
function keyOf({ sizes, lanes, isEmpty, pointers, members, stores, folds }: FusedPlan): string {
  const parts = [
    [sizes, lanes, isEmpty, stores],
    pointers.map(({ dtype, strides }) => [dtype, strides]),
    members.map((m) => m && [m.op, m.attrs, m.dtype, m.dtypes, m.operands.map(operandKey)]),
    folds.map((fold) => ({ ...fold, operand: operandKey(fold.operand) })),
  ];
  return JSON.stringify(parts, (_, value: unknown) => (typeof value === "number" ? textOf(value) : value));
}

function operandKey(operand: FusedPlan["folds"][number]["operand"]): unknown {
  return operand.kind === "literal" ? [operand.literal.value, operand.literal.dtype] : operand;
}

/** JSON has neither NaN and infinities nor −0. */
function textOf(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function titleOf({ members, folds }: FusedPlan): string {
  const ops = members.flatMap((member) => (member === undefined ? [] : [member.op]));
  return [...ops, ...folds.map(({ kind }) => kind)].slice(0, 6).join(" ");
}
