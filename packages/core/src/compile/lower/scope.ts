import { TraceError } from "../../errors.js";
import type { TapeNode } from "../../tape/tape.js";
import type { Where } from "../../tape/where.js";
import { sizeOf } from "../../tensor/shape.js";
import { describe, type Tensor, type TensorType } from "../../tensor/tensor.js";
import type { Buffer, Fused, Literal, Loop, Product, Step, View } from "../ir.js";
import { runsAfter } from "./dependence.js";
import { worksFor } from "./origins.js";
import { isDense, wholeOf } from "./views.js";

/** Where the elements of a tensor come from. */
export type Source =
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "view"; readonly view: View }
  /** Computed by an elementwise operation, and in memory only if someone asks for it. */
  | { readonly kind: "member"; readonly fused: Fused; readonly member: number; view: View | undefined };

/**
 * A tape that is being lowered: the program itself, or the body of a loop within `parent`. Knows where each tensor
 * is, which steps there are, and which step writes which buffer.
 */
export class Scope {
  readonly steps: Step[] = [];
  readonly sources = new Map<Tensor, Source>();
  /** Fused kernels that may still grow, the latest last. */
  readonly open: Fused[] = [];
  /** How often each tensor is read by the tape. */
  readonly uses = new Map<Tensor, number>();
  /** The product that computes a tensor, as long as nothing but the product has been made of it. */
  readonly products = new Map<Tensor, Product>();
  /** Views of outer scopes that steps of this one read. */
  readonly captured = new Set<View>();
  /** Buffers that hold what the loop carries from step to step. */
  readonly carries = new Set<Buffer>();
  readonly parent: Scope | undefined;
  readonly loop: Loop | undefined;
  /** The node that is being lowered: what is added is for it. */
  node: TapeNode | undefined;
  readonly #writers = new Map<Buffer, Set<Step>>();
  /** Buffers in which several tensors lie that are read. */
  readonly #shared = new Set<Buffer>();
  /** Buffers of this scope that nobody has yet given a place to. */
  readonly #free = new Set<Buffer>();

  constructor(parent?: Scope, loop?: Loop) {
    this.parent = parent;
    this.loop = loop;
  }

  source(t: Tensor): Source {
    const found = this.sources.get(t);
    if (found === undefined) throw new TraceError(`compile: ${describe(t)} is read before it is computed`);
    return found;
  }

  add(step: Step, node = this.node): void {
    this.steps.push(step);
    // A loop is no work by itself; what is in it is.
    if (node !== undefined && step.kind !== "repeat") worksFor(step, [node]);
  }

  /** Notes that `step` works for the node that is being lowered, too. */
  serves(step: Step): void {
    if (this.node !== undefined) worksFor(step, [this.node]);
  }

  /** A buffer of its own for a tensor. */
  allocate(type: TensorType, name: string): View {
    const buffer: Buffer = { dtype: type.dtype, elements: sizeOf(type.shape), name, lasting: false };
    this.#free.add(buffer);
    return wholeOf(buffer, type.shape);
  }

  /** Says that a buffer's place is settled: it is no window of another one. */
  claim({ buffer }: View): void {
    this.#free.delete(buffer);
  }

  /** Notes that `step` writes (part of) a buffer. */
  writes(step: Step, { buffer }: View): void {
    const writers = this.#writers.get(buffer);
    if (writers === undefined) this.#writers.set(buffer, new Set([step]));
    else writers.add(step);
  }

  /** Notes that `step` reads a view: whatever writes it comes first. */
  reads(step: Step, view: View): void {
    for (const writer of this.writersOf(view)) if (writer !== step) runsAfter(step, writer);
  }

  /** Steps of this scope that write the buffer in which the view lies. */
  writersOf({ buffer }: View): ReadonlySet<Step> {
    return this.#writers.get(buffer) ?? NONE;
  }

  /** The tensor in memory. */
  view(t: Tensor): View {
    const source = this.source(t);
    if (source.kind === "view") return source.view;
    if (source.kind === "literal") {
      const view = this.allocate(t, t.label ?? "constant");
      this.#fill(source.literal, view);
      this.sources.set(t, { kind: "view", view });
      return view;
    }
    source.view ??= this.#stored(source.fused, source.member, this.allocate(t, t.label ?? "value"));
    return source.view;
  }

  /** Sees to it that the elements of `t` are (also) written to `target`. */
  place(t: Tensor, target: View, before?: Step): void {
    const source = this.source(t);
    if (source.kind === "literal") {
      this.#fill(source.literal, target, before);
      return;
    }
    const { view } = source;
    if (view !== undefined && this.#free.has(view.buffer) && isDense(target) && coversBuffer(view)) {
      // Whoever computes the tensor writes it where it is wanted.
      view.buffer.within = target;
      this.#free.delete(view.buffer);
      for (const writer of this.writersOf(view)) {
        if (before !== undefined) runsAfter(writer, before);
        this.writes(writer, target);
      }
      return;
    }
    if (source.kind === "member" && source.fused !== before) {
      this.#stored(source.fused, source.member, target);
      if (before !== undefined) runsAfter(source.fused, before);
      source.view ??= target;
      return;
    }
    this.copy(this.view(t), target, before);
  }

  /** As `place`, for memory that is overwritten later: `t` is not read from there, unless nobody else reads it. */
  start(t: Tensor, target: View): void {
    const source = this.source(t);
    if (source.kind === "member") this.#stored(source.fused, source.member, target);
    else if (source.kind === "literal" || this.#isAlone(t, source.view)) this.place(t, target);
    else this.copy(source.view, target);
  }

  #isAlone(t: Tensor, { buffer }: View): boolean {
    return this.uses.get(t) === 1 && !this.#shared.has(buffer);
  }

  /** Notes that `output` is another name, or view, of x. */
  alias(output: Tensor, x: Tensor, source: Source): void {
    this.sources.set(output, source);
    if (source.kind === "view" && this.uses.get(x) !== 1) this.#shared.add(source.view.buffer);
  }

  /** A step that copies elements. */
  copy(from: View, target: View, before?: Step): Fused {
    const fused = fusedOver(target.shape);
    const { dtype } = from.buffer;
    fused.members.push(identityOf({ kind: "view", view: from }, dtype));
    this.reads(fused, from);
    this.#finish(fused, target, before);
    return fused;
  }

  #fill(literal: Literal, target: View, before?: Step): void {
    const fused = fusedOver(target.shape);
    fused.members.push(identityOf({ kind: "literal", literal }, literal.dtype));
    this.#finish(fused, target, before);
  }

  /** A step that sets all elements to one number. */
  fill(literal: Literal, target: View): Fused {
    const fused = fusedOver(target.shape);
    fused.members.push(identityOf({ kind: "literal", literal }, literal.dtype));
    this.#finish(fused, target);
    return fused;
  }

  #finish(fused: Fused, target: View, before?: Step): void {
    if (before !== undefined) runsAfter(fused, before);
    this.#stored(fused, 0, target);
    this.add(fused);
  }

  #stored(fused: Fused, member: number, to: View): View {
    fused.stores.push({ member, to });
    this.writes(fused, to);
    return to;
  }
}

const NONE: ReadonlySet<Step> = new Set();

/** An empty fused kernel over a shape. */
export function fusedOver(shape: readonly number[]): Fused {
  return { kind: "fused", shape, members: [], stores: [], folds: [], after: new Set() };
}

function identityOf(operand: Fused["members"][number]["operands"][number], dtype: Literal["dtype"]) {
  const where: Where | undefined = undefined;
  return { op: "identity", attrs: {}, dtype, operands: [operand], dtypes: [dtype], where };
}

/** Whether a view is a whole buffer in row-major order. */
function coversBuffer(view: View): boolean {
  return (
    view.offset === 0 &&
    view.moves.length === 0 &&
    isDense(view) &&
    sizeOf(view.shape) === view.buffer.elements
  );
}
