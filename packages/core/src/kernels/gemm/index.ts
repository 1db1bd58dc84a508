/** Matrix products as WebAssembly functions for sizes and strides that are known when the program is made. */
import type { FunctionRef, ModuleBuilder } from "../../wasm/index.js";
import { blockedScratch, writeBlocked, writeFill } from "./blocked.js";
import { dotsOf, writeDots } from "./dot.js";
import { repeat, shared } from "./emit.js";
import { writePack } from "./pack.js";
import { packedRows, planOf } from "./plan.js";
import { validate, type GemmSpec } from "./spec.js";
import { turned } from "./turn.js";

export { cutsOf } from "./cuts.js";
export type { GemmSpec, Strides } from "./spec.js";

/**
 * Defines the function (a, b, c, initial, scratch) that computes C = initial + A·B; `initial` is a parameter only if
 * the spec has it, and all are byte addresses. With `packed`, b is what the function of {@link definePack} wrote. C may
 * be the same matrix as `initial`, and overlaps neither A nor B. Up to 16 bytes after a matrix may be read; nothing but
 * C's elements and the scratch is written. Equal specs give one function. Throws RangeError for sizes that no product has.
 */
export function defineGemm(module: ModuleBuilder, given: GemmSpec): FunctionRef {
  validate(given);
  return shared(module, ["gemm", keyOf(given)], () => {
    const params = new Array<"i32">(given.initial === undefined ? 4 : 5).fill("i32");
    return module.func(`gemm ${given.m}x${given.k}x${given.n}`, params, (f) => {
      const turn = turned(given);
      const spec = turn ?? given;
      const [first, second, c] = [f.param(0, "i32"), f.param(1, "i32"), f.param(2, "i32")];
      const [a, b] = turn === undefined ? [first, second] : [second, first];
      const initial = spec.initial === undefined ? c : f.param(3, "i32");
      const scratch = f.param(params.length - 1, "i32");
      const plan = planOf(spec);
      const dots = dotsOf(spec, plan);
      if (spec.m === 0 || spec.n === 0) return;
      if (spec.k === 0) writeFill(f, module, spec, plan, { a, b, c, initial });
      else if (dots !== undefined) writeDots(f, spec, plan, dots, { a, b, c, initial });
      else writeBlocked(f, module, spec, plan, { a, b, c, initial, scratch });
    });
  });
}

/** Defines the function (b, packed) that lays B out as {@link defineGemm} takes it with `packed`. */
export function definePack(module: ModuleBuilder, spec: GemmSpec): FunctionRef {
  validate(spec);
  return shared(module, ["pack", keyOf({ ...spec, packed: true })], () =>
    module.func(`gemm.pack ${spec.k}x${spec.n}`, ["i32", "i32"], (f) => {
      const plan = planOf({ ...spec, packed: true });
      const { element, k, n, b, width, kBlock } = plan;
      if (spec.k === 0 || spec.n === 0) return;
      const block = (rows: number) => ({ element, k: rows, n, from: b, width, padded: false });
      const end = repeat(
        f,
        Math.floor(k / kBlock),
        {
          from: { from: f.param(0, "i32"), step: kBlock * b.row * element.bytes },
          to: { from: f.param(1, "i32"), step: packedRows(plan, kBlock) },
        },
        ({ from, to }) => writePack(f, block(kBlock), from, to),
      );
      if (k % kBlock > 0) writePack(f, block(k % kBlock), end.from, end.to);
    }),
  );
}

/** Bytes of B packed. */
export function packedBytes(spec: GemmSpec): number {
  validate(spec);
  return packedRows(planOf({ ...spec, packed: true }), spec.k);
}

/** Bytes that the function of {@link defineGemm} needs as scratch; 0 if none. */
export function scratchBytes(given: GemmSpec): number {
  validate(given);
  const spec = turned(given) ?? given;
  if (spec.m === 0 || spec.n === 0 || spec.k === 0) return 0;
  const plan = planOf(spec);
  return dotsOf(spec, plan) === undefined ? blockedScratch(plan) : 0;
}

/** Whether packing B ahead pays for this product when B is used again; tiny or skinny products say no. */
export function wantsPacking(spec: GemmSpec): boolean {
  validate(spec);
  if (spec.m === 0 || spec.n === 0 || spec.k === 0) return false;
  const plan = planOf({ ...spec, packed: false });
  return (
    plan.packB &&
    turned({ ...spec, packed: false }) === undefined &&
    dotsOf({ ...spec, packed: false }, plan) === undefined
  );
}

/** The spec's fields in a fixed order. */
function keyOf({ dtype, m, k, n, a, b, c, initial, relaxed, packed, whole }: GemmSpec): unknown {
  const start = initial === undefined ? null : [initial.row, initial.column];
  return [
    [dtype, m, k, n, a.row, a.column, b.row, b.column],
    [c.row, start, relaxed === true, packed === true],
    [whole?.m ?? m, whole?.n ?? n],
  ];
}
