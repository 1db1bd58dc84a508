import {
  attributeEntries,
  isTape,
  type Tape,
  type TapeNode,
  type Tensor,
  type TensorType,
} from "@tapeloop/core";
import { numberText } from "../graph/constant.js";

/** The operations of a tape that can be part of a repeated block, and what a reader of them needs. */
export interface Sequence {
  readonly nodes: readonly TapeNode[];
  /** Per operation a number: equal ones have the same operation, settings, types, scope and kind of step. */
  readonly codes: readonly number[];
  /** What a tensor is an alias of, through `identity`. */
  readonly resolve: (t: Tensor) => Tensor;
  /** Which operation of the sequence made a tensor, and which of its outputs it is. */
  readonly made: ReadonlyMap<Tensor, { readonly at: number; readonly output: number }>;
  /** The text of a number in the program, which is part of the operations that read it; `undefined` for the rest. */
  readonly numberOf: (t: Tensor) => string | undefined;
  /** Rows that were taken one by one from an input or constant: operands of a loop rather than operations. */
  readonly rows: ReadonlyMap<
    Tensor,
    { readonly source: Tensor; readonly row: number; readonly node: TapeNode }
  >;
}

/** The operations of a tape in order, each with its signature. */
export function sequenceOf(tape: Tape): Sequence {
  const aliases = new Map<Tensor, Tensor>();
  const made = new Map<Tensor, { at: number; output: number }>();
  const rows = new Map<Tensor, { source: Tensor; row: number; node: TapeNode }>();
  const computed = new Set<Tensor>();
  const resolve = (t: Tensor): Tensor => aliases.get(t) ?? t;
  const nodes: TapeNode[] = [];
  const codes: number[] = [];
  const isComputed = (t: Tensor): boolean => computed.has(resolve(t));
  const inputs = new Set(tape.inputs);
  const numberOf = (t: Tensor): string | undefined =>
    t.isAbstract || isComputed(t) || inputs.has(resolve(t)) ? undefined : numberText(t);
  const sign = signer(numberOf);
  let previous: TapeNode | undefined;
  for (const node of tape.nodes) {
    const [first] = node.inputs;
    if (node.op.name === "identity" && first !== undefined) {
      for (const t of node.outputs) aliases.set(t, resolve(first));
      continue;
    }
    for (const t of node.outputs) computed.add(t);
    const taken = rowsOf(node);
    if (taken !== undefined && first !== undefined && !isComputed(first)) {
      taken.forEach((row, i) => {
        const t = node.outputs[i];
        if (t !== undefined) rows.set(t, { source: resolve(first), row, node });
      });
      continue;
    }
    node.outputs.forEach((t, i) => made.set(t, { at: nodes.length, output: i }));
    nodes.push(node);
    codes.push(sign(node, previous));
    previous = node;
  }
  return { nodes, codes, resolve, made, rows, numberOf };
}

/** The rows that an operation takes from the first axis, one for each output. */
function rowsOf({ op, attrs, outputs }: TapeNode): number[] | undefined {
  if (!("axis" in attrs) || attrs.axis !== 0) return undefined;
  if (op.name === "unstack") return outputs.map((_, i) => i);
  if (op.name !== "index" || !("index" in attrs)) return undefined;
  return typeof attrs.index === "number" ? [attrs.index] : undefined;
}

/** Numbers signatures: two operations have the same number just when nothing about themselves tells them apart. */
function signer(
  numberOf: (t: Tensor) => string | undefined,
): (node: TapeNode, previous: TapeNode | undefined) => number {
  const known = new Map<string, number>();
  const identities = new Map<object, number>();
  let programs = 0;
  const identity = (value: object): string => {
    // A node with a program inside is drawn as a cluster of its own.
    if (isTape(value)) return `program ${programs++}`;
    const id = identities.get(value) ?? identities.size;
    identities.set(value, id);
    return `#${id}`;
  };
  return (node, previous) => {
    const { op, attrs, inputs, outputs, where } = node;
    const before = previous?.where;
    const begins = where.step !== before?.step || where.loopScope !== before?.loopScope;
    const text = [
      identity(op),
      ...attributeEntries(attrs).map(
        ([key, value]) => `${JSON.stringify(key)}:${settingText(value, identity)}`,
      ),
      "(",
      ...inputs.map((t) => `${typeText(t)}=${numberOf(t) ?? ""}`),
      ")",
      ...outputs.map(typeText),
      where.scope,
      where.step === undefined ? "" : `${begins ? "begins" : "in"} a step of ${where.loopScope}`,
      where.derivative?.mode ?? "",
    ].join("|");
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    return code;
  };
}

function typeText({ dtype, shape }: TensorType): string {
  return `${dtype}[${shape.join()}]`;
}

/** Plain data by its value, everything else by what it is. */
function settingText(value: unknown, identity: (value: object) => string): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
    return `[${value.map((item) => settingText(item, identity)).join()}]`;
  }
  if (typeof value === "object" && value !== null) return identity(value);
  return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
}
