import { ArgumentError, GradientError, TraceError } from "../errors.js";
import { checkFunction, checkList, kindOf, optionsOf, shown } from "../expect.js";
import { tensorsWithin, recordOn } from "../tape/record.js";
import { Tape } from "../tape/tape.js";
import { onesLike, zerosLike } from "../tensor/create.js";
import { isFloat } from "../tensor/dtype.js";
import { describe, isTensor, type Tensor } from "../tensor/tensor.js";
import { treeLeaves, treeUnflatten } from "../tensor/tree.js";
import { backward } from "./backward.js";

/** Which arguments to differentiate by. */
export interface GradOptions<Argnums> {
  /** One argument's index, or several; 0 by default. */
  readonly argnums?: Argnums;
}

/** The gradient's type: that of the argument, or a tuple for several. */
export type GradientOf<Args extends readonly unknown[], Argnums> = Argnums extends readonly number[]
  ? { readonly [K in keyof Argnums]: Argnums[K] extends number ? Args[Argnums[K]] : never }
  : Argnums extends number
    ? Args[Argnums]
    : never;

/**
 * A function that returns the gradient of `fn`'s scalar result by its first argument, or by those of `argnums`.
 * The gradient is a tree like the argument. A tensor that the result does not depend on has gradient zero.
 *
 * @throws GradientError (when called) unless `fn` returns one float scalar and the arguments hold float tensors;
 *   TraceError when `fn` is asynchronous
 */
export function grad(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor;
export function grad<Args extends readonly unknown[], const Argnums extends number | readonly number[] = 0>(
  fn: (...args: Args) => Tensor,
  options?: GradOptions<Argnums>,
): (...args: Args) => GradientOf<Args, Argnums>;
export function grad<Args extends readonly unknown[], Argnums extends number | readonly number[]>(
  fn: (...args: Args) => Tensor,
  options: GradOptions<Argnums> = {},
): (...args: Args) => GradientOf<Args, Argnums> {
  checkFunction("grad", fn);
  const both = valueAuxAndGrad((...args: Args) => [fn(...args), undefined] as const, options);
  return (...args) => both(...args)[1];
}

/** As {@link grad}, but returns the pair [value, gradient]. */
export function valueAndGrad(
  fn: (x: Tensor) => Tensor,
): (x: Tensor) => readonly [value: Tensor, gradient: Tensor];
export function valueAndGrad<
  Args extends readonly unknown[],
  const Argnums extends number | readonly number[] = 0,
>(
  fn: (...args: Args) => Tensor,
  options?: GradOptions<Argnums>,
): (...args: Args) => readonly [value: Tensor, gradient: GradientOf<Args, Argnums>];
export function valueAndGrad<Args extends readonly unknown[], Argnums extends number | readonly number[]>(
  fn: (...args: Args) => Tensor,
  options: GradOptions<Argnums> = {},
): (...args: Args) => readonly [value: Tensor, gradient: GradientOf<Args, Argnums>] {
  checkFunction("valueAndGrad", fn);
  const withAux = valueAuxAndGrad((...args: Args) => [fn(...args), undefined] as const, options);
  return (...args) => {
    const [value, gradient] = withAux(...args);
    return [value, gradient];
  };
}

/**
 * As {@link valueAndGrad} for a function that returns [loss, aux]: gives [loss, gradient, aux]. `aux` is anything
 * else worth keeping from the same pass, such as the final state or an accuracy.
 */
export function valueAuxAndGrad<
  Args extends readonly unknown[],
  Aux,
  const Argnums extends number | readonly number[] = 0,
>(
  fn: (...args: Args) => readonly [Tensor, Aux],
  options: GradOptions<Argnums> = {},
): (...args: Args) => readonly [value: Tensor, gradient: GradientOf<Args, Argnums>, aux: Aux] {
  checkFunction("valueAuxAndGrad", fn);
  const argnums: number | readonly number[] = optionsOf("grad", options).argnums ?? 0;
  if (typeof argnums !== "number") checkList("grad", "argnums", argnums, "an index or a list of them");
  const list = typeof argnums === "number" ? [argnums] : argnums;
  return (...args) => {
    for (const index of list) checkArgument(args, index);
    const tape = new Tape({ differentiates: true });
    const { outputs, args: own } = recordOn(tape, fn, args, (index) => list.includes(index));
    const [value, aux] = pairOf(outputs);
    checkLoss(value);
    const wrt = list.map((index) => treeLeaves(own[index]).map((leaf) => leaf.tensor));
    const seeds = new Map([[value, onesLike(value)]]);
    const flat = backward(tape, seeds, wrt.flat());
    let next = 0;
    const gradients = list.map((index, i) => {
      const tensors = (wrt[i] ?? []).map((t) => flat[next++] ?? zerosLike(t));
      return treeUnflatten(args[index], tensors);
    });
    return [value, gradientOf<Args, Argnums>(gradients, argnums), aux];
  };
}

/** One gradient, or the tuple of them: the run-time counterpart of the type {@link GradientOf}. */
function gradientOf<Args extends readonly unknown[], Argnums>(
  gradients: readonly unknown[],
  argnums: number | readonly number[],
): GradientOf<Args, Argnums> {
  return (typeof argnums === "number" ? gradients[0] : gradients) as GradientOf<Args, Argnums>;
}

function checkArgument(args: readonly unknown[], index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= args.length) {
    throw new ArgumentError(
      `grad: got argnums ${shown(index)}, expected 0 … ${args.length - 1} (${args.length} arguments)`,
    );
  }
  const leaves = treeLeaves(args[index], `argument ${index}`);
  if (leaves.length === 0) throw new GradientError(`grad: argument ${index} holds no tensors`);
  for (const { path, tensor } of leaves) {
    if (!isFloat(tensor.dtype)) {
      throw new GradientError(
        `grad: ${path} is ${tensor.dtype}, expected float32 or float64; leave it out of argnums, or cast it`,
      );
    }
  }
}

/** What `fn` of valueAuxAndGrad returned; a bare loss is the likeliest mistake. */
function pairOf<Aux>(outputs: readonly [Tensor, Aux]): readonly [Tensor, Aux] {
  const isPair: boolean = Array.isArray(outputs);
  if (isPair) return outputs;
  throw new GradientError(`valueAuxAndGrad: fn returned ${kindOf(outputs)}, expected the pair [loss, aux]`);
}

function checkLoss(value: unknown): asserts value is Tensor {
  if (value instanceof Promise)
    throw new TraceError("grad: got an async function, expected one that returns its loss at once");
  if (!isTensor(value)) {
    const count = tensorsWithin(value).length;
    throw new GradientError(
      `grad: got ${count === 0 ? typeof value : `${count} tensors`} as the loss, expected one scalar tensor`,
    );
  }
  if (value.rank !== 0 || !isFloat(value.dtype)) {
    throw new GradientError(
      `grad: got ${describe(value)} as the loss, expected a float scalar []; reduce it with sum or mean, ` +
        "or use vjp or jacobian",
    );
  }
}
