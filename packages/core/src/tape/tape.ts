import { TraceError } from "../errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { formatTape } from "./format.js";
import type { Attributes, Op } from "./op.js";
import type { Where } from "./where.js";

/** One operation as it was applied: the tape is a list of these. */
export interface TapeNode {
  /** Position on the tape. */
  readonly index: number;
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attrs: Attributes;
  /** Scope, time step, and whether a derivative sweep made it. */
  readonly where: Where;
}

/** Where a tensor of a tape comes from. */
export interface Producer {
  readonly node: TapeNode;
  /** Which of the node's outputs it is. */
  readonly output: number;
}

/** Where an input of a recorded tape comes from. */
export interface Origin {
  /** Which of the function's arguments holds it. */
  readonly argument: number;
  /** Where it is in that argument, such as `cell.wf`; empty when the argument is the tensor itself. */
  readonly path: string;
}

/**
 * An ordered list of operations, in topological order because it is the order in which they ran. Tensors are its
 * values: each is produced by at most one node, and is the same object on every tape that saw it.
 *
 * A tape records either *eagerly* (values are there at once) or *abstractly* (shapes only; the body of a `scan`).
 */
export class Tape {
  readonly nodes: TapeNode[] = [];
  /** The tensors that stand for the arguments, then, on an abstract tape, for captured outer tensors. */
  readonly inputs: Tensor[] = [];
  /** On a tape of `record`: where each input comes from. */
  readonly origins = new Map<Tensor, Origin>();
  /** The tensors of the result. */
  outputs: readonly Tensor[] = [];
  /** On an abstract tape: outer tensors that the body uses, each with its stand-in among `inputs`. */
  readonly captures = new Map<Tensor, Tensor>();
  /** Whether this tape is recorded to be differentiated, so that loops keep what their reverse sweep will need. */
  readonly differentiates: boolean;
  readonly isAbstract: boolean;
  #producers: Map<Tensor, Producer> | undefined;
  #indexed = 0;

  constructor({
    isAbstract = false,
    differentiates = false,
  }: { isAbstract?: boolean; differentiates?: boolean } = {}) {
    this.isAbstract = isAbstract;
    this.differentiates = differentiates;
  }

  /** Appends a node; only `apply` does this. */
  push(op: Op, inputs: readonly Tensor[], outputs: readonly Tensor[], attrs: Attributes, where: Where): void {
    this.nodes.push({ index: this.nodes.length, op, inputs, outputs, attrs, where });
  }

  /** The node that made `t`; `undefined` for inputs and constants. */
  producer(t: Tensor): Producer | undefined {
    this.#producers ??= new Map();
    for (; this.#indexed < this.nodes.length; this.#indexed++) {
      const node = this.nodes[this.#indexed];
      node?.outputs.forEach((out, output) => this.#producers?.set(out, { node, output }));
    }
    return this.#producers.get(t);
  }

  /** Tensors that nodes use or that are returned, but that are neither inputs nor made here, in order of first use. */
  get constants(): readonly Tensor[] {
    const known = new Set<Tensor>(this.inputs);
    const found: Tensor[] = [];
    const use = (t: Tensor): void => {
      if (known.has(t)) return;
      known.add(t);
      found.push(t);
    };
    for (const node of this.nodes) {
      node.inputs.forEach(use);
      node.outputs.forEach((t) => known.add(t));
    }
    this.outputs.forEach(use);
    return found;
  }

  /** Readable text, one line a node. */
  toString(): string {
    return formatTape(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

const NONE: readonly Tape[] = [];
/** Tapes that are recording, outermost first. */
let recording: readonly Tape[] = NONE;

export function recordingTapes(): readonly Tape[] {
  return recording;
}

/** Runs `fn` while `tape` records. Throws TraceError when fn is asynchronous. */
export function runRecording<T>(tape: Tape, fn: () => T): T {
  const previous = recording;
  recording = [...previous, tape];
  try {
    const result = fn();
    if (result instanceof Promise) {
      throw new TraceError("record: got an async function, expected one that returns its result at once");
    }
    return result;
  } finally {
    recording = previous;
  }
}

/** Runs `fn` while nothing records: for kernels. */
export function runUnrecorded<T>(fn: () => T): T {
  const previous = recording;
  recording = NONE;
  try {
    return fn();
  } finally {
    recording = previous;
  }
}
