import { ArgumentError, ShapeError } from "../errors.js";
import { checkFunction, optionsOf, shown } from "../expect.js";
import { applyAll } from "../tape/apply.js";
import { trace } from "../tape/record.js";
import { treeLeaves, treeUnflatten, type Leaf, type Tree } from "../tensor/tree.js";
import { describe, type Tensor } from "../tensor/tensor.js";
import { sameShape } from "../tensor/shape.js";
import { scanOp } from "./scan-op.js";

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Walk from the last step to the first; outputs keep the order of the inputs. */
  readonly reverse?: boolean;
  /** Number of steps; needed only when `xs` holds no tensors. */
  readonly length?: number;
}

/**
 * A loop over time as one operation: `step(carry, x)` returns `[next carry, y]`, and `scan` returns
 * `[last carry, ys]`, with the ys stacked along a new first axis.
 *
 * `carry`, `x` and `y` are trees; every tensor of `xs` is [length, …] and step t sees its row t. The step is traced
 * once, on shapes alone, so it must not look at values, and the carry must keep its shapes and dtypes. It may use
 * outer tensors, which are differentiated like any input. The derivative of a scan is again a scan, to any order.
 *
 * @throws ShapeError when the xs' lengths differ or the carry changes its type; ArgumentError when nothing says the
 *   length or the step does not return a pair; TraceError when the step looks at values
 */
export function scan<Carry extends Tree, X extends Tree, Y extends Tree>(
  step: (carry: Carry, x: X) => readonly [carry: NoInfer<Carry>, y: Y],
  init: Carry,
  xs: X,
  options: ScanOptions = {},
): readonly [carry: Carry, ys: Y] {
  checkFunction("scan", step, "a function (carry, x) => [next carry, y]");
  optionsOf("scan", options);
  const carry = treeLeaves(init, "carry");
  const data = treeLeaves(xs, "xs");
  const length = lengthOf(data, options.length);
  const names = carry.map(({ path, tensor }) => tensor.label ?? path.replace(/^carry\./, ""));
  const types = [
    ...carry.map(({ tensor }, i) => ({ ...typeOf(tensor), label: names[i] })),
    ...data.map(({ tensor, path }) => ({
      shape: tensor.shape.slice(1),
      dtype: tensor.dtype,
      label: tensor.label ?? (path === "xs" ? "x" : path.replace(/^xs\.?/, "")),
    })),
  ];
  const outputs: { y?: Y } = {};
  const body = trace((inputs) => {
    const state = treeUnflatten(init, inputs.slice(0, carry.length));
    const result: unknown = step(state, treeUnflatten(xs, inputs.slice(carry.length)));
    const [next, y] = pairOf<Carry, Y>(result);
    outputs.y = y;
    return [...checkCarry(carry, next), ...treeLeaves(y, "y").map((leaf) => leaf.tensor)];
  }, types);
  const results = applyAll(
    scanOp,
    [...carry.map((leaf) => leaf.tensor), ...data.map((leaf) => leaf.tensor), ...body.captures.keys()],
    { body, carry: carry.length, xs: data.length, length, reverse: options.reverse ?? false, names },
  );
  const end = body.outputs.length;
  return [
    treeUnflatten(init, results.slice(0, carry.length)),
    treeUnflatten(yOf(outputs), results.slice(carry.length, end)),
  ];
}

function typeOf({ shape, dtype }: Tensor) {
  return { shape, dtype };
}

function yOf<Y>(outputs: { y?: Y }): Y {
  if (!("y" in outputs)) throw new ArgumentError("scan: the step was never called");
  return outputs.y;
}

function pairOf<Carry, Y>(result: unknown): readonly [Carry, Y] {
  if (!isPair<Carry, Y>(result)) {
    const kind = result instanceof Promise ? "a promise" : typeof result;
    const got = Array.isArray(result) ? `an array of ${result.length}` : kind;
    throw new ArgumentError(`scan: step returned ${got}, expected the pair [next carry, y]`);
  }
  return result;
}

function isPair<Carry, Y>(result: unknown): result is readonly [Carry, Y] {
  return Array.isArray(result) && result.length === 2;
}

function lengthOf(xs: readonly Leaf[], asked: number | undefined): number {
  if (asked !== undefined && (!Number.isSafeInteger(asked) || asked < 0)) {
    throw new ArgumentError(`scan: got length ${shown(asked)}, expected a whole number ≥ 0`);
  }
  const scalar = xs.find(({ tensor }) => tensor.rank === 0);
  if (scalar !== undefined) throw new ShapeError(`scan: ${scalar.path} is a scalar, expected [length, …]`);
  const [first] = xs;
  const length = asked ?? first?.tensor.shape[0];
  if (length === undefined) throw new ArgumentError("scan: xs holds no tensors, expected the option length");
  const other = xs.find(({ tensor }) => tensor.shape[0] !== length);
  if (other !== undefined) {
    const reason = asked === undefined ? `${first?.path ?? "xs"} has ${length}` : `length is ${length}`;
    throw new ShapeError(`scan: ${other.path} has ${other.tensor.shape[0] ?? 0} steps, but ${reason}`);
  }
  return length;
}

function checkCarry(before: readonly Leaf[], next: Tree): Tensor[] {
  const after = treeLeaves(next, "carry");
  const paths = (leaves: readonly Leaf[]): string => leaves.map(({ path }) => path).join(", ") || "nothing";
  if (paths(after) !== paths(before)) {
    throw new ShapeError(
      `scan: the step's carry became {${paths(after)}}, expected {${paths(before)}} as in init`,
    );
  }
  return after.map(({ path, tensor }, i) => {
    const from = before[i]?.tensor ?? tensor;
    if (tensor.dtype !== from.dtype || !sameShape(tensor.shape, from.shape)) {
      throw new ShapeError(
        `scan: the step changed ${path} to ${describe(typeOf(tensor))}, expected ${describe(typeOf(from))} as in init`,
      );
    }
    return tensor;
  });
}
