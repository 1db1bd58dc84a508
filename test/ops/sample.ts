import { formatShape, type Tensor } from "@tapeloop/core";
import { build, type TensorSpec } from "./values.js";

/** One call of an operation: the tensors that it is given, and how they stand among its arguments. */
export interface Sample {
  readonly name: string;
  /** The same tensors for the same number, but new objects; each other number draws other values. */
  tensors(draw?: number): Tensor[];
  /** The operation's arguments, made of these tensors. */
  args(tensors: readonly Tensor[]): readonly unknown[];
  /** How far the float32 result may be off, relative to its largest element; by default {@link FLOAT32_TOLERANCE}. */
  readonly float32Tolerance: number;
}

/** Several roundings of 6e-8 each. */
export const FLOAT32_TOLERANCE = 2e-6;

/** How a sample differs from the plain one, in which the tensors are the arguments. */
export interface SampleOptions {
  readonly args?: (tensors: readonly Tensor[]) => readonly unknown[];
  /** What to call the arguments that are no tensors. */
  readonly note?: string;
  readonly float32Tolerance?: number;
}

export function sample(specs: readonly TensorSpec[], options: SampleOptions = {}): Sample {
  const {
    args = (tensors: readonly Tensor[]) => tensors,
    note = "",
    float32Tolerance = FLOAT32_TOLERANCE,
  } = options;
  const name = [...specs.map(describeSpec), ...(note === "" ? [] : [note])].join(", ");
  return {
    name,
    tensors: (draw = 0) =>
      specs.map((s, i) => build(s, (hash(`${name}#${i}`) + Math.imul(draw, 0x9e3779b9)) >>> 0)),
    args,
    float32Tolerance,
  };
}

/** Samples by the name of the exported operation that they belong to. */
export type SampleTable = Readonly<Record<string, readonly Sample[]>>;

function describeSpec({ shape, dtype, view }: TensorSpec): string {
  return [dtype === "float64" ? "" : dtype, formatShape(shape), view === "plain" ? "" : view]
    .filter((s) => s !== "")
    .join(" ");
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const c of text) h = Math.imul(h ^ (c.codePointAt(0) ?? 0), 0x01000193);
  return h >>> 0;
}
