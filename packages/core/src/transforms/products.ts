import { GradientError } from "../errors.js";
import { checkFunction, checkList } from "../expect.js";
import { recordOn, tensorsWithin } from "../tape/record.js";
import { Tape } from "../tape/tape.js";
import { zerosLike } from "../tensor/create.js";
import { isFloat } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { treeLeaves, treeUnflatten } from "../tensor/tree.js";
import { accumulate, backward, checkSeed } from "./backward.js";
import { forward } from "./forward.js";

/**
 * The vector-Jacobian product (reverse mode): calls `fn(...args)` and returns its result with the pullback, which
 * maps a cotangent (a tree like the result) to the cotangents of all arguments (a tuple like `args`). Arguments
 * without influence get zeros, and so do int32 and bool tensors. The pullback may be called any number of times.
 */
export function vjp<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  ...args: Args
): readonly [outputs: R, pullback: (cotangent: R) => Args] {
  checkFunction("vjp", fn);
  const tape = new Tape({ differentiates: true });
  const { outputs, args: own } = recordOn(tape, fn, args);
  const wrt = tensorsWithin(own);
  const floats = wrt.filter((t) => isFloat(t.dtype));
  const results = treeLeaves(outputs, "result");
  const pullback = (cotangent: R): Args => {
    const seeds = seedMap("vjp", "cotangent", results, tensorsWithin(cotangent));
    const found = new Map(backward(tape, seeds, floats).map((g, i) => [floats[i], g] as const));
    return treeUnflatten(
      args,
      wrt.map((t) => found.get(t) ?? zerosLike(t)),
    );
  };
  return [outputs, pullback];
}

/**
 * The Jacobian-vector product (forward mode): `fn(...primals)` and its directional derivative along `tangents`,
 * a tuple of trees like `primals`. Returns [outputs, tangents of the outputs].
 */
export function jvp<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  primals: Args,
  tangents: NoInfer<Args>,
): readonly [outputs: R, tangents: R] {
  checkFunction("jvp", fn);
  checkList("jvp", "primals", primals, "the list of arguments: [x, …]");
  checkList("jvp", "tangents", tangents, "a list of trees like the arguments");
  const tape = new Tape();
  const { outputs, args: own } = recordOn(tape, fn, primals);
  const wrt = tensorsWithin(own).map((tensor, i) => ({ path: `primal ${i}`, tensor }));
  const seeds = seedMap("jvp", "tangent", wrt, tensorsWithin(tangents));
  const results = tensorsWithin(outputs);
  const found = forward(tape, seeds, results);
  return [
    outputs,
    treeUnflatten(
      outputs,
      results.map((t, i) => found[i] ?? zerosLike(t)),
    ),
  ];
}

/** Pairs tensors with the seeds given for them; a tensor that is returned twice gets the sum of its two. */
function seedMap(
  op: string,
  what: string,
  targets: readonly { readonly path: string; readonly tensor: Tensor }[],
  seeds: readonly Tensor[],
): Map<Tensor, Tensor> {
  if (seeds.length !== targets.length) {
    throw new GradientError(
      `${op}: got ${seeds.length} ${what}s, expected ${targets.length}, one for each tensor`,
    );
  }
  const map = new Map<Tensor, Tensor>();
  targets.forEach(({ path, tensor }, i) => {
    const seed = seeds[i];
    if (seed === undefined || !isFloat(tensor.dtype)) return;
    checkSeed(`${op}: ${what} of ${path}`, seed, tensor);
    accumulate(map, tensor, seed);
  });
  return map;
}
