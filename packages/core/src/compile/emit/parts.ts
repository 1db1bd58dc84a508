import { cutsOf, packedBytes } from "../../kernels/gemm/index.js";
import { sizeOf } from "../../tensor/shape.js";
import { elementBytes, resolve, type Pack, type Product, type Step, type View } from "../ir.js";
import { planFused, type FusedPlan } from "./fused-plan.js";
import { mayOverlap } from "./overlap.js";
import { specOf } from "./product-spec.js";

/** What one worker does of a step: loops over some of a fused kernel's elements, or a smaller product. */
export type Part = { readonly kind: "loops"; readonly plan: FusedPlan } | Product | Pack;

/** What a part reads or writes. */
export interface Access {
  readonly view: View;
  readonly writes: boolean;
}

/**
 * A step as at most `count` parts that can run at the same time. Each computes some of the step's elements, all of the
 * sum of each in the order in which the whole step takes it, so that the bits are those of the whole. None if the step
 * cannot be cut.
 */
export function partsOf(step: Step, count: number): readonly Part[] {
  const parts = cut(step, count);
  return parts.length > 1 && areApart(parts) ? parts : [];
}

/** Whether no part writes what another one reads or writes; buffers that one step uses never share memory. */
function areApart(parts: readonly Part[]): boolean {
  const all = parts.map(accessesOf);
  return all.every((one, i) =>
    all
      .slice(i + 1)
      .every((other) =>
        one.every((a) =>
          other.every((b) => resolve(a.view).buffer !== resolve(b.view).buffer || !collide(a, b)),
        ),
      ),
  );
}

/** Whether it matters which of two accesses comes first. */
export function collide(a: Access, b: Access): boolean {
  return (a.writes || b.writes) && mayOverlap(a.view, b.view);
}

export function accessesOf(part: Part): readonly Access[] {
  const read = (view: View): Access => ({ view, writes: false });
  const write = (view: View): Access => ({ view, writes: true });
  switch (part.kind) {
    case "loops": {
      const { pointers, stores, folds } = part.plan;
      const written = new Set([...stores, ...folds].map(({ pointer }) => pointer));
      return pointers.map(({ view }, i) => ({ view, writes: written.has(i) }));
    }
    case "product":
      return [
        ...[part.a, part.packed ?? part.b, ...(part.initial ? [part.initial] : [])].map(read),
        write(part.c),
      ];
    case "pack":
      return [read(part.b), write(part.to)];
  }
}

function cut(step: Step, count: number): readonly Part[] {
  switch (step.kind) {
    case "fused":
      return cutFused(planFused(step), count);
    case "product":
      return cutProduct(step, count);
    case "pack":
      return cutPack(step, count);
    default:
      return [];
  }
}

/** Whole numbers from 0 to `size` that divide it evenly at multiples of `unit`, the last part having what is left. */
function borders(size: number, unit: number, count: number): readonly number[] {
  const units = Number.isFinite(unit) ? Math.floor(size / unit) : 0;
  const parts = Math.max(1, Math.min(count, units));
  const inner = Array.from({ length: parts - 1 }, (_, i) => Math.round(((i + 1) * units) / parts) * unit);
  return [0, ...inner, size];
}

function ranges(all: readonly number[]): { from: number; size: number }[] {
  return all.slice(1).map((end, i) => ({ from: all[i] ?? 0, size: end - (all[i] ?? 0) }));
}

/** Elements of a cache line, about: parts that meet within one keep taking it from each other. */
const LINE = 16;

/**
 * A fused kernel is cut along an axis that no fold sums over, so that a fold's result is one worker's; the first such
 * axis that is long enough, since its parts lie apart in memory.
 */
function cutFused(plan: FusedPlan, count: number): readonly Part[] {
  if (plan.isEmpty) return [];
  const { sizes, lanes, folds, pointers } = plan;
  const last = sizes.length - 1;
  const options = sizes.flatMap((size, axis) => {
    const isKept = folds.every(({ pointer, gathers, results }) => {
      const stride = pointers[pointer]?.strides[axis] ?? 0;
      // Results that are gathered in memory are cleared first, as one stretch.
      return stride !== 0 && (!gathers || stride * size === results);
    });
    if (!isKept) return [];
    const unit = axis < last ? 1 : size >= LINE * 2 * count ? LINE : lanes;
    return [{ axis, all: borders(size, unit, count) }];
  });
  const most = Math.max(...options.map(({ all }) => all.length), 0);
  const best = options.find(({ all }) => all.length === most);
  if (best === undefined) return [];
  return ranges(best.all).map(({ from, size }) => ({
    kind: "loops",
    plan: planPart(plan, best.axis, from, size),
  }));
}

/** The loops of a plan over a part of one axis. */
function planPart(plan: FusedPlan, axis: number, from: number, size: number): FusedPlan {
  const sizes = plan.sizes.with(axis, size);
  const whole = plan.sizes[axis] ?? 1;
  return {
    ...plan,
    sizes,
    pointers: plan.pointers.map(({ view, dtype, strides }) => ({
      dtype,
      strides,
      view: { ...view, shape: sizes, strides, offset: view.offset + from * (strides[axis] ?? 0) },
    })),
    folds: plan.folds.map((fold) => ({ ...fold, results: (fold.results / whole) * size })),
  };
}

function slice(view: View, axis: number, { from, size }: { from: number; size: number }): View {
  const at = axis < 0 ? view.shape.length + axis : axis;
  return {
    ...view,
    shape: view.shape.with(at, size),
    offset: view.offset + from * (view.strides[at] ?? 0),
  };
}

/** Where a product is cut: between its leading indices, or along the side that lets the larger operand be shared out. */
function cutsOfProduct(
  product: Product,
  count: number,
): { axis: number; all: readonly number[] } | undefined {
  const { c, a, b } = product;
  if (sizeOf(c.shape) === 0) return undefined;
  const lead = c.shape.slice(0, -2);
  const longest = lead.indexOf(Math.max(...lead, 1));
  if (longest >= 0 && (lead[longest] ?? 1) > 1)
    return { axis: longest, all: borders(lead[longest] ?? 1, 1, count) };
  const [m = 0] = a.shape.slice(-2);
  const n = b.shape.at(-1) ?? 0;
  const { rows, columns } = cutsOf(specOf(product));
  const options = [
    { axis: -2, all: borders(m, rows, count) },
    { axis: -1, all: borders(n, columns, count) },
  ];
  if (n > m) options.reverse();
  const most = Math.max(...options.map(({ all }) => all.length));
  return options.find(({ all }) => all.length === most);
}

function cutProduct(product: Product, count: number): readonly Product[] {
  const cuts = cutsOfProduct(product, count);
  if (cuts === undefined) return [];
  const { axis, all } = cuts;
  const { a, b, c, initial, packed } = product;
  const whole = { m: a.shape.at(-2) ?? 0, n: b.shape.at(-1) ?? 0 };
  let packedFrom = 0;
  return ranges(all).map((range): Product => {
    const part: Product = {
      ...product,
      a: axis === -1 ? a : slice(a, axis, range),
      b: axis === -2 ? b : slice(b, axis, range),
      c: slice(c, axis, range),
      ...(initial && { initial: slice(initial, axis, range) }),
      ...(axis < 0 && { whole }),
    };
    if (packed === undefined || axis !== -1) return part;
    // Columns are packed part by part.
    const size = packedBytes(specOf(part)) / elementBytes[packed.buffer.dtype];
    const from = packedFrom;
    packedFrom += size;
    return { ...part, packed: slice(packed, 0, { from, size }) };
  });
}

/** Packing is cut as the columns of its product are. */
function cutPack(pack: Pack, count: number): readonly Pack[] {
  return cutProduct(pack.product, count).flatMap((product) =>
    product.packed === undefined || product.packed.shape === pack.to.shape
      ? []
      : [{ ...pack, product, b: product.b, to: product.packed }],
  );
}
