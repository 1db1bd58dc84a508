import { ArgumentError, ShapeError } from "../errors.js";
import { checkMethods, checkString } from "../expect.js";
import { dtypeOf, type TypedArray } from "../tensor/dtype.js";
import { sameShape, sizeOf } from "../tensor/shape.js";
import { describe, fromBuffer, Tensor, type TensorType } from "../tensor/tensor.js";

/** Static settings of one application: axes, exponents, a loop's body. Part of the node, not of the data. */
export type Attributes = object;

/** One application of an operation, as derivative rules see it. */
export interface Application<A extends Attributes = Attributes> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attrs: A;
  /** `wanted[i]`: whether the sweep needs the gradient of input i; rules of large operations skip the others. */
  readonly wanted: readonly boolean[];
}

/** A gradient to be computed if it is needed; `null` means identically zero. */
export type Contribution = (() => Tensor) | null;

/** What a tape knows of an operation: everything the executor and the two sweeps need. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string;
  /** Output types from input types. Throws ShapeError or DtypeError. */
  infer(inputs: readonly TensorType[], attrs: A): readonly TensorType[];
  /** The reference kernel. Inputs are concrete. */
  forward(inputs: readonly Tensor[], attrs: A, types: readonly TensorType[]): readonly Tensor[];
  /** Cotangents of the inputs from those of the outputs (`undefined` = zero). Un-broadcasting is the sweep's work. */
  vjp?(cotangents: readonly (Tensor | undefined)[], node: Application<A>): readonly Contribution[];
  readonly jvp?: TangentRule<A>;
  /** Whether the output counts as a constant for derivatives, whatever the input. */
  readonly stopsGradient?: boolean;
  /**
   * Attributes that make the operation keep, as further outputs, what its reverse rule will need. Used instead of
   * the given ones while a tape records to be differentiated. Loops have it: their steps' values would be gone.
   */
  saving?(attrs: A): A;
  /** See {@link OpDefinition.pieces}. */
  pieces?(inputs: readonly Tensor[], attrs: A): ArrayLike<number>;
}

/** The three ways in which an operation can state its forward derivative. */
export type TangentRule<A extends Attributes = Attributes> =
  /** Linear in all inputs together: the tangent is the operation applied to the tangents, missing ones as zeros. */
  | { readonly kind: "linear" }
  /** The tangent is a sum with one term per input; a term is only asked for when its tangent exists. */
  | {
      readonly kind: "sum";
      terms(tangents: readonly Tensor[], node: Application<A>): readonly Contribution[];
    }
  /** All outputs at once; for operations with several outputs. `undefined` = zero. */
  | {
      readonly kind: "all";
      rule(tangents: readonly (Tensor | undefined)[], node: Application<A>): readonly (Tensor | undefined)[];
    };

/** One gradient closure per input. */
export type PerInput<In extends readonly Tensor[]> = { readonly [K in keyof In]: Contribution };

/**
 * The record of an operation with one output: its shape rule, its plain loops, its two derivatives.
 *
 * Rules are written with public operations, so gradients are recorded and can be differentiated again.
 */
export interface OpDefinition<In extends readonly Tensor[], A extends Attributes> {
  readonly name: string;
  /** Output type from input types. Throws ShapeError or DtypeError with what it got and expected. */
  shape(inputs: { readonly [K in keyof In]: TensorType }, attrs: A): TensorType;
  /** Reference kernel: the output's elements in row-major order, or a view of an input. Runs unrecorded. */
  forward(inputs: In, attrs: A, type: TensorType): TypedArray | Tensor;
  /**
   * Reverse rule: one closure per input gives the cotangent of that input from `dy`, the cotangent of the output
   * `y`. `null` says that an input gets no gradient. The result may keep broadcast axes: the sweep sums them.
   * Leave the rule out if no derivative exists.
   */
  vjp?(dy: Tensor, inputs: In, y: Tensor, attrs: A): PerInput<In>;
  /**
   * Forward rule: one closure per input gives that input's contribution to the output's tangent; they are summed,
   * and only those whose tangent exists are called. `"linear"` says that the operation is linear in all its inputs
   * together, so its tangent is the operation itself applied to the tangents.
   */
  jvp?: "linear" | JvpRule<In, A>;
  /** Says that no derivative passes at all, so sweeps do not even look: `stopGradient`. */
  readonly stopsGradient?: boolean;
  /**
   * For an operation that is smooth in pieces only: which piece each element is on, counted in even numbers; an odd
   * number says that it lies exactly on the boundary between the two beside it. `relu` gives 0 below, 1 at and 2 above
   * zero. Gradient checkers keep their steps within one piece.
   */
  pieces?(inputs: In, attrs: A): ArrayLike<number>;
}

/** See {@link OpDefinition.jvp}. */
export type JvpRule<In extends readonly Tensor[], A extends Attributes> = {
  rule(tangents: In, inputs: In, y: Tensor, attrs: A): PerInput<In>;
}["rule"];

/** An operation whose inputs and attributes have known types, so that `apply` can check them. */
export interface TypedOp<In extends readonly Tensor[], A extends Attributes> extends Op<A> {
  /** Never present; it carries the types. */
  readonly types?: { readonly inputs: In; readonly attrs: A };
}

/** The definition as the tape calls it: with the inputs it recorded. */
interface Rules<A extends Attributes> {
  shape(inputs: readonly TensorType[], attrs: A): TensorType;
  forward(inputs: readonly Tensor[], attrs: A, type: TensorType): TypedArray | Tensor;
  vjp?(dy: Tensor, inputs: readonly Tensor[], y: Tensor, attrs: A): readonly Contribution[];
  jvp?:
    | "linear"
    | {
        rule(t: readonly Tensor[], x: readonly Tensor[], y: Tensor, attrs: A): readonly Contribution[];
      }["rule"];
  pieces?(inputs: readonly Tensor[], attrs: A): ArrayLike<number>;
}

/**
 * Makes an operation from its record. The library's own operations are made the same way, so a user's operation
 * is recorded, differentiated to any order in both modes, checked and drawn like any other.
 */
export function defineOp<In extends readonly Tensor[], A extends Attributes = Attributes>(
  definition: OpDefinition<In, A>,
): TypedOp<In, A> {
  checkDefinition(definition);
  const rules: Rules<A> = definition;
  const { jvp } = rules;
  return {
    name: definition.name,
    infer: (inputs, attrs) => [rules.shape(inputs, attrs)],
    forward(inputs, attrs, types) {
      const [type] = types;
      if (type === undefined) throw new ArgumentError(`${definition.name}: got no output type`);
      return [checkedResult(definition.name, rules.forward(inputs, attrs, type), type)];
    },
    ...(rules.vjp && {
      vjp: ([dy], { inputs, outputs: [y], attrs }) =>
        dy && y ? (rules.vjp?.(dy, inputs, y, attrs) ?? []) : [],
    }),
    ...(jvp && { jvp: tangentRule(jvp) }),
    ...(definition.stopsGradient === true && { stopsGradient: true }),
    ...(rules.pieces && { pieces: (inputs, attrs) => rules.pieces?.(inputs, attrs) ?? [] }),
  };
}

/** Throws ArgumentError for a record that lacks something, which would be found out only when it is applied. */
function checkDefinition<In extends readonly Tensor[], A extends Attributes>(d: OpDefinition<In, A>): void {
  checkMethods("defineOp", d, "the record, expected { name, shape, forward, … }", ["shape", "forward"]);
  checkString("defineOp", "name", d.name);
}

const library = new WeakSet<object>();

/** As {@link defineOp}, for the library's own operations, whose names a compiler may rely on. */
export function libraryOp<In extends readonly Tensor[], A extends Attributes = Attributes>(
  definition: OpDefinition<In, A>,
): TypedOp<In, A> {
  return ofLibrary(defineOp(definition));
}

/** Marks an operation as one of the library's own. */
export function ofLibrary<O extends object>(op: O): O {
  library.add(op);
  return op;
}

/** Whether an operation is one of the library's own: only then does its name say what it does. */
export function isLibraryOp(op: object): boolean {
  return library.has(op);
}

/** What a kernel returned, as a tensor. A kernel that breaks its own shape rule would be wrong in silence later. */
function checkedResult(name: string, result: TypedArray | Tensor, type: TensorType): Tensor {
  const isView = result instanceof Tensor;
  const dtype = isView ? result.dtype : dtypeOf(result);
  const fits = isView ? sameShape(result.shape, type.shape) : result.length === sizeOf(type.shape);
  if (!fits || dtype !== type.dtype) {
    const got = isView ? describe(result) : `${result.length} elements of ${dtype}`;
    throw new ShapeError(
      `${name}: its kernel returned ${got}, expected ${describe(type)} as its shape rule says`,
    );
  }
  return isView ? result : fromBuffer(type, result);
}

function tangentRule<A extends Attributes>(jvp: NonNullable<Rules<A>["jvp"]>): TangentRule<A> {
  if (jvp === "linear") return { kind: "linear" };
  return {
    kind: "sum",
    terms: (tangents, { inputs, outputs: [y], attrs }) => (y ? jvp(tangents, inputs, y, attrs) : []),
  };
}
