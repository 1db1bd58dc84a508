import {
  ArgumentError,
  cast,
  compile,
  DtypeError,
  fromTypedArray,
  isFloat,
  jvp,
  type Tensor,
  treeLeaves,
  treeTensors,
  treeUnflatten,
  vjp,
  withDefaultDtype,
  type Leaf,
} from "@tapeloop/core";
import { withTreeResult } from "./expect.js";
import { traced, type Trace } from "./engine/trace.js";

/**
 * The function under check as a function of plain numbers: the float64 tensors among its inputs, in tree order, are
 * the variables, and the float64 tensors of its result, joined into one vector, are the outputs. Other tensors
 * (int32, bool) stay as they are. Everything runs with float64 as the default dtype.
 */
export interface Subject {
  /** All tensors of the inputs. */
  readonly leaves: readonly Leaf[];
  /** The variables and where they stand in the inputs. */
  readonly variables: readonly Leaf[];
  /** The function itself, from the variables to the float64 tensors of its result; for recording. */
  readonly run: (...values: readonly Tensor[]) => Tensor[];
  /** The outputs at the given values of the variables. */
  evaluate(values: readonly Tensor[]): Float64Array;
  /** As {@link evaluate}, with the branch that the function took. */
  sample(values: readonly Tensor[]): { readonly outputs: Float64Array; readonly trace: Trace };
  /**
   * {@link evaluate} as a program, for many calls. A function that looks at values throws when it is called for the
   * first time; the branch that it takes cannot be seen.
   */
  compiled(): (values: readonly Tensor[]) => Float64Array;
  /** As {@link evaluate}, with the paths and sizes of the tensors that make up the outputs. */
  inspect(values: readonly Tensor[]): Outputs;
  /** The reverse sweep at the inputs: cotangent of the outputs → gradient of each variable. */
  reverse(): (cotangent: Float64Array) => Float64Array[];
  /** The forward sweep at the inputs: tangent of each variable → tangent of the outputs. */
  forward(tangents: readonly Float64Array[]): Float64Array;
  /** The gradient itself as a function to check, of the variables and of the cotangent. */
  gradient(cotangent: Float64Array): Subject;
}

/** The outputs of one evaluation. */
export interface Outputs {
  readonly values: Float64Array;
  readonly parts: readonly { readonly path: string; readonly size: number }[];
}

/**
 * @param where the check, for errors
 * @param paths names of the leaves of `inputs`; by default their paths, from `inputs`
 * @throws ArgumentError for inputs that are not trees of tensors
 * @throws DtypeError for float32 inputs or results
 */
export function createSubject<Args extends readonly unknown[], R>(
  where: string,
  fn: (...args: Args) => R,
  inputs: Args,
  paths?: readonly string[],
): Subject {
  const leaves = treeLeaves(inputs, "inputs").map(({ path, tensor }, i) => ({
    path: paths?.[i] ?? path,
    tensor,
  }));
  const call = withTreeResult(where, fn);
  for (const leaf of leaves) refuseFloat32(where, leaf);
  const variables = leaves.filter(({ tensor }) => isFloat(tensor.dtype));

  /** The arguments with other variables in the place of the given ones. */
  const withVariables = (values: readonly Tensor[]): Args => {
    let next = 0;
    const tensors = leaves.map(({ tensor }) => (isFloat(tensor.dtype) ? (values[next++] ?? tensor) : tensor));
    return treeUnflatten(inputs, tensors);
  };
  const inFloat64 = <T>(run: () => T): T => withDefaultDtype("float64", run);
  const given = variables.map(({ tensor }) => tensor);

  const outputsAt = (values: readonly Tensor[]): Leaf[] =>
    floatLeaves(
      where,
      inFloat64(() => call(...withVariables(values))),
    );
  const inspect = (values: readonly Tensor[]): Outputs => {
    const outputs = outputsAt(values);
    return {
      values: joined(outputs.map(({ tensor }) => tensor)),
      parts: outputs.map(({ path, tensor }) => ({ path, size: tensor.size })),
    };
  };
  const run = (...values: readonly Tensor[]): Tensor[] => outputsAt(values).map(({ tensor }) => tensor);
  return {
    leaves,
    variables,
    inspect,
    run,
    evaluate: (values) => inspect(values).values,
    compiled() {
      const program = compile(run);
      return (values) => joined(program(...values));
    },
    sample(values) {
      const { result, trace } = traced(() => inspect(values));
      return { outputs: result.values, trace };
    },
    reverse() {
      const [outputs, pullback] = inFloat64(() => vjp(fn, ...inputs));
      const results = treeTensors(outputs);
      return (cotangent) =>
        inFloat64(() => {
          const pulled = pullback(treeUnflatten(outputs, split(cotangent, results)));
          return floatTensors(pulled).map(numbers);
        });
    },
    forward: (tangents) =>
      inFloat64(() => {
        const along = withVariables(tangents.map((t, i) => likeLeaf(t, variables[i])));
        return joined(floatTensors(jvp(fn, inputs, along)[1]));
      }),
    gradient(cotangent) {
      const results = treeTensors(inFloat64(() => fn(...inputs)));
      const weights = split(cotangent, results).filter((t) => isFloat(t.dtype));
      const pull = (values: readonly Tensor[], cotangents: readonly Tensor[]): Tensor[] => {
        const [outputs, pullback] = vjp(fn, ...withVariables(values));
        let next = 0;
        const seeds = treeTensors(outputs).map((t) => (isFloat(t.dtype) ? (cotangents[next++] ?? t) : t));
        return floatTensors(pullback(treeUnflatten(outputs, seeds)));
      };
      const names = treeLeaves(weights, "cotangent").map(({ path }) => path);
      return createSubject(where, pull, [given, weights], [...variables.map(({ path }) => path), ...names]);
    },
  };
}

/** The inputs with float32 tensors converted to float64. */
export function promoted<Args extends readonly unknown[]>(inputs: Args): Args {
  const tensors = treeTensors(inputs);
  return treeUnflatten(
    inputs,
    tensors.map((t) => (t.dtype === "float32" ? cast(t, "float64") : t)),
  );
}

function refuseFloat32(where: string, { path, tensor }: Leaf): void {
  if (tensor.isAbstract) {
    throw new ArgumentError(
      `${where}: ${path} is abstract, expected a tensor with values; check outside of scan and trace`,
    );
  }
  if (tensor.dtype !== "float32") return;
  throw new DtypeError(
    `${where}: ${path} is float32, expected float64: finite differences need its 53 bits. ` +
      'Create it with { dtype: "float64" }, or check with { promote: true } to convert the inputs',
  );
}

/** The float tensors of a result. Throws ArgumentError for what is no tree of tensors, DtypeError for float32. */
export function floatLeaves(where: string, result: unknown): Leaf[] {
  const leaves = treeLeaves(result, "result").filter(({ tensor }) => isFloat(tensor.dtype));
  const single = leaves.find(({ tensor }) => tensor.dtype === "float32");
  if (single !== undefined) {
    throw new DtypeError(
      `${where}: ${single.path} is float32, expected float64 like the inputs; find the cast inside the function`,
    );
  }
  return leaves;
}

function floatTensors(tree: unknown): Tensor[] {
  return treeTensors(tree).filter((t) => isFloat(t.dtype));
}

function joined(tensors: readonly Tensor[]): Float64Array {
  const values = new Float64Array(tensors.reduce((size, t) => size + t.size, 0));
  let at = 0;
  for (const t of tensors) {
    values.set(t.data, at);
    at += t.size;
  }
  return values;
}

/** The vector cut into tensors like the float ones of `like`; the others are kept. */
function split(values: Float64Array, like: readonly Tensor[]): Tensor[] {
  let at = 0;
  return like.map((t) => {
    if (!isFloat(t.dtype)) return t;
    const part = fromTypedArray(values.slice(at, at + t.size), t.shape);
    at += t.size;
    return part;
  });
}

function numbers(t: Tensor): Float64Array {
  return Float64Array.from(t.data);
}

function likeLeaf(values: Float64Array, leaf: Leaf | undefined): Tensor {
  return fromTypedArray(values, leaf?.tensor.shape ?? [values.length]);
}
