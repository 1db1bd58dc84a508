import {
  add,
  cast,
  checkMethods,
  checkString,
  label,
  tensor,
  treeUnflatten,
  zerosLike,
  type Tensor,
} from "@tapeloop/core";
import { checkRate, rateAt, type LearningRate } from "./learning-rate.js";
import { alike, at, floatLeaves, recordOf } from "./trees.js";

/**
 * What an optimiser remembers between updates. A tree of tensors, so that it can be saved like parameters, and a
 * compiled training step sees the count of updates as data. (A type and no interface: only those count as trees.)
 */
export type OptimizerState<P, Slot extends string = string> = Readonly<{
  /** Updates made so far: int32 []. */
  step: Tensor;
  /** Running quantities, each a tree like the parameters. */
  slots: Readonly<Record<Slot, P>>;
}>;

/**
 * A method of descent. Both functions are pure and made of core operations only: they can be recorded, compiled
 * together with the loss, and differentiated through.
 *
 * They never look at values, so a gradient that is NaN or infinite gives parameters that are: `fit` stops before
 * such an update, and {@link skipNonFinite} makes an optimiser that leaves it out.
 */
export interface Optimizer<Slot extends string = string> {
  readonly name: string;
  /** The state before the first update. Throws ArgumentError, DtypeError unless params is a tree of float tensors. */
  init<P>(params: P): OptimizerState<P, Slot>;
  /**
   * One step of descent: what takes the place of the old parameters and state.
   *
   * @throws ArgumentError, ShapeError, DtypeError when gradients or state are not like the parameters
   */
  update<P>(
    params: P,
    grads: P,
    state: OptimizerState<P, Slot>,
  ): { readonly params: P; readonly state: OptimizerState<P, Slot> };
}

/** How an optimiser treats one parameter tensor. */
export interface OptimizerRule<Slot extends string, Numbers> {
  readonly name: string;
  readonly learningRate: LearningRate;
  /** Names of what is remembered for each parameter; all begin as zeros. */
  readonly slots: readonly Slot[];
  /**
   * The numbers of one update, which all parameters share, from t (1 for the first update) and the learning rate,
   * both float64 []. Also in float64: float32 would keep four digits of 1 − 0.999ᵗ in the first updates.
   */
  numbers(t: Tensor, rate: Tensor): Numbers;
  /** The new parameter and slots from the old ones and the gradient. `scalar` brings a number to their dtype. */
  update(at: {
    readonly param: Tensor;
    readonly gradient: Tensor;
    readonly slots: Readonly<Record<Slot, Tensor>>;
    readonly numbers: Numbers;
    readonly scalar: (x: Tensor) => Tensor;
  }): { readonly param: Tensor; readonly slots: Readonly<Record<Slot, Tensor>> };
}

/** Makes an optimiser from its rule for one tensor. The library's own are made the same way. */
export function defineOptimizer<Slot extends string, Numbers>(
  rule: OptimizerRule<Slot, Numbers>,
): Optimizer<Slot> {
  checkMethods("defineOptimizer", rule, "the rule, expected { name, learningRate, slots, numbers, update }", [
    "numbers",
    "update",
  ]);
  const { name, learningRate } = rule;
  checkString("defineOptimizer", "name", name);
  checkRate(name, learningRate);
  return {
    name,

    init(params) {
      const leaves = floatLeaves(name, params);
      const slot = (): typeof params =>
        treeUnflatten(
          params,
          leaves.map((leaf) => zerosLike(leaf.tensor)),
        );
      return { step: tensor(0, { dtype: "int32" }), slots: recordOf(rule.slots, slot) };
    },

    update(params, grads, state) {
      const leaves = floatLeaves(name, params);
      const gradients = alike(name, "gradients", leaves, grads);
      const old = recordOf(rule.slots, (slot) => alike(name, `state's ${slot}`, leaves, state.slots[slot]));
      const step = add(state.step, 1);
      const numbers = rule.numbers(cast(step, "float64"), rateAt(name, learningRate, state.step));
      const results = leaves.map(({ tensor: param }, i) => {
        const result = rule.update({
          param,
          gradient: at(gradients, i),
          slots: recordOf(rule.slots, (slot) => at(old[slot], i)),
          numbers,
          scalar: (x) => cast(x, param.dtype),
        });
        if (param.label !== undefined) label(result.param, param.label);
        return result;
      });
      const slot = (key: Slot): typeof params =>
        treeUnflatten(
          params,
          results.map((result) => result.slots[key]),
        );
      return {
        params: treeUnflatten(
          params,
          results.map((result) => result.param),
        ),
        state: { step, slots: recordOf(rule.slots, slot) },
      };
    },
  };
}
