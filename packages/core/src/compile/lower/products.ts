import type { TapeNode } from "../../tape/tape.js";
import { sizeOf } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Buffer, Pack, Product, View } from "../ir.js";
import { specOf } from "../emit/product-spec.js";
import { packedBytes, wantsPacking } from "../../kernels/gemm/index.js";
import { elementBytes } from "../ir.js";
import { dependsOn } from "./dependence.js";
import type { Scope } from "./scope.js";
import { reshaped, stretched, wholeOf } from "./views.js";

/** Lowers `matmul`: x [..., m, k] · w [..., k, n]. Leading axes of x count as rows when w has none. */
export function lowerProduct(scope: Scope, node: TapeNode, output: Tensor): void {
  const [x, w] = node.inputs;
  if (x === undefined || w === undefined) return;
  const c = scope.allocate(output, output.label ?? "product");
  const batch = output.shape.slice(0, -2);
  const rows = [sizeOf(output.shape.slice(0, -1)), x.shape.at(-1) ?? 0];
  const [left, right] = [forwards(scope, x), forwards(scope, w)];
  const seen = w.rank === 2 && x.rank > 2 ? reshaped(left, rows) : undefined;
  const [a, b, to] = seen
    ? [seen, right, wholeOf(c.buffer, [rows[0] ?? 0, output.shape.at(-1) ?? 0])]
    : [
        stretched(left, [...batch, ...x.shape.slice(-2)]),
        stretched(right, [...batch, ...w.shape.slice(-2)]),
        c,
      ];
  const product: Product = { kind: "product", a, b, c: to, where: node.where, after: new Set() };
  scope.reads(product, a);
  scope.reads(product, b);
  scope.writes(product, c);
  scope.add(product);
  scope.sources.set(output, { kind: "view", view: c });
  scope.products.set(output, product);
  packAhead(scope, product);
}

/** The tensor in memory with no stride below 0: products walk their operands forwards. */
function forwards(scope: Scope, t: Tensor): View {
  const view = scope.view(t);
  if (view.strides.every((stride) => stride >= 0)) return view;
  const dense = scope.allocate(t, t.label ?? "flipped");
  scope.copy(view, dense);
  return dense;
}

/**
 * `product + y`: the sums start from y instead of zero, if y lies in memory when the product is made and nobody else
 * wants the product alone. Returns whether that was possible.
 */
export function absorbSum(scope: Scope, [p, y]: readonly Tensor[], output: Tensor): boolean {
  if (p === undefined || y === undefined) return false;
  const product = scope.products.get(p);
  if (product === undefined || product.initial !== undefined || scope.uses.get(p) !== 1) return false;
  if (p.shape.join() !== output.shape.join()) return false;
  const source = scope.source(y);
  if (source.kind !== "view") return false;
  for (const writer of scope.writersOf(source.view)) {
    if (writer === product || dependsOn(writer, product)) return false;
  }
  const { shape } = product.c;
  const view = stretched(source.view, output.shape);
  const initial = reshaped(view, shape);
  const column = initial?.strides.at(-1);
  if (
    initial === undefined ||
    initial.strides.some((stride) => stride < 0) ||
    (column !== 0 && column !== 1 && shape.at(-1) !== 1)
  )
    return false;
  product.initial = initial;
  scope.serves(product);
  scope.reads(product, source.view);
  scope.sources.set(output, scope.source(p));
  scope.products.set(output, product);
  scope.products.delete(p);
  return true;
}

/** A right operand that stays the same while a loop runs is packed once, before the loop. */
function packAhead(scope: Scope, product: Product): void {
  const { b } = product;
  const outer = invariantScope(scope, b);
  if (outer === scope || b.shape.length > 2) return;
  const spec = specOf(product);
  if (!wantsPacking(spec)) return;
  const bytes = packedBytes(spec);
  const buffer: Buffer = {
    dtype: b.buffer.dtype,
    elements: Math.ceil(bytes / elementBytes[b.buffer.dtype]),
    name: `${b.buffer.name} packed`,
    lasting: false,
  };
  const to = wholeOf(buffer, [buffer.elements]);
  const pack: Pack = { kind: "pack", product, b, to, after: new Set() };
  outer.reads(pack, b);
  outer.writes(pack, to);
  outer.add(pack, scope.node);
  product.packed = to;
  for (let inner = scope; inner !== outer && inner.parent !== undefined; inner = inner.parent) {
    inner.captured.add(to);
  }
}

/** The outermost scope at whose level a view's contents are settled. */
function invariantScope(scope: Scope, view: View): Scope {
  let at = scope;
  while (
    at.parent !== undefined &&
    at.writersOf(view).size === 0 &&
    !at.carries.has(view.buffer) &&
    view.moves.every(({ loop }) => loop !== at.loop)
  ) {
    at = at.parent;
  }
  return at;
}
