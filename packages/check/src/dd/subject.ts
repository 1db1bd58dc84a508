import {
  ArgumentError,
  DtypeError,
  checkFunction,
  checkList,
  fromTypedArray,
  isFloat,
  kindOf,
  record,
  treeLeaves,
  treeTensors,
  treeUnflatten,
  vjp,
  withDefaultDtype,
  type Leaf,
  type Tensor,
} from "@tapeloop/core";
import { ddProgram, type DDOptions, type DDProgram } from "./run.js";
import { isDD, toDD, type DDTensor } from "./tensor.js";

/** A function in double-double, as a function of the float64 tensors among its inputs, in tree order. */
export interface DDSubject {
  readonly program: DDProgram;
  /** The float64 tensors of the inputs: the inputs of the program. */
  readonly variables: readonly Leaf[];
  /** Their values. */
  readonly origin: readonly DDTensor[];
}

/**
 * Records `fn(...inputs)` for replay in double-double. The float64 tensors of the inputs are its variables; other
 * tensors stay as they are. New tensors are of float64 by default while it is recorded.
 *
 * @throws DtypeError for float32 inputs, ArgumentError for inputs that are no trees of tensors, or abstract
 */
export function ddSubject<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  inputs: Args,
  options: DDOptions = {},
): DDSubject {
  checkFunction("ddSubject", fn);
  checkList("ddSubject", "inputs", inputs, "the list of arguments: [x, …]");
  return subjectOf(inputs, (fill, values) => treeTensors(fn(...fill(values))), options);
}

/**
 * The gradient of ⟨cotangent, fn(inputs)⟩ by the reverse sweep, with the sweep itself replayed in double-double: what
 * the derivative rules say, without their rounding. Where a rule holds a constant that is rounded to float64 (2/√π of
 * erf), it is off by that rounding.
 *
 * @param cotangent one number for each element of the float64 tensors of the result, joined in tree order
 * @returns one tensor for each float64 tensor of the inputs, in tree order
 * @throws as {@link ddSubject}; GradientError where there is no derivative
 */
export function ddGradient<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  inputs: Args,
  cotangent: Float64Array,
  options: DDOptions = {},
): DDTensor[] {
  checkFunction("ddGradient", fn);
  checkList("ddGradient", "inputs", inputs, "the list of arguments: [x, …]");
  if (!(cotangent instanceof Float64Array))
    throw new ArgumentError(`ddGradient: got cotangent ${kindOf(cotangent)}, expected a Float64Array`);
  const { program, origin } = subjectOf(
    inputs,
    (fill, values) => {
      const [outputs, pullback] = vjp(fn, ...fill(values));
      const seeds = seedsLike(treeTensors(outputs), cotangent);
      return treeTensors(pullback(treeUnflatten(outputs, seeds))).filter((t) => isFloat(t.dtype));
    },
    options,
  );
  return program.run(origin).filter(isDD);
}

type Fill<Args> = (values: readonly Tensor[]) => Args;

function subjectOf<Args extends readonly unknown[]>(
  inputs: Args,
  compute: (fill: Fill<Args>, values: readonly Tensor[]) => readonly Tensor[],
  options: DDOptions,
): DDSubject {
  const leaves = treeLeaves(inputs, "inputs");
  leaves.forEach(checkLeaf);
  const variables = leaves.filter(({ tensor }) => isFloat(tensor.dtype));
  const fill: Fill<Args> = (values) => {
    let next = 0;
    const tensors = leaves.map(({ tensor }) => (isFloat(tensor.dtype) ? (values[next++] ?? tensor) : tensor));
    return treeUnflatten(inputs, tensors);
  };
  const given = variables.map(({ tensor }) => tensor);
  const { tape } = withDefaultDtype("float64", () =>
    record((...values: readonly Tensor[]) => compute(fill, values), ...given),
  );
  return { program: ddProgram(tape, options), variables, origin: given.map(toDD).filter(isDD) };
}

function checkLeaf({ path, tensor }: Leaf): void {
  if (tensor.isAbstract) throw new ArgumentError(`dd: ${path} is abstract, expected a tensor with values`);
  if (tensor.dtype !== "float32") return;
  throw new DtypeError(`dd: ${path} is float32, expected float64; cast(x, "float64") converts`);
}

/** The cotangent cut into tensors like the float ones among the outputs. */
function seedsLike(outputs: readonly Tensor[], cotangent: Float64Array): Tensor[] {
  let at = 0;
  const seeds = outputs.map((t) => {
    if (!isFloat(t.dtype)) return t;
    at += t.size;
    return fromTypedArray(cotangent.slice(at - t.size, at), t.shape);
  });
  if (at === cotangent.length) return seeds;
  throw new ArgumentError(`ddGradient: got a cotangent of ${cotangent.length} numbers, expected ${at}`);
}
