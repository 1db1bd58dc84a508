import {
  defineGemm,
  definePack,
  packedBytes,
  scratchBytes,
  type GemmSpec,
} from "../../src/kernels/gemm/index.js";
import { ModuleBuilder } from "../../src/wasm/index.js";

/** Numbers in [-1, 1) from a seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** How many elements a matrix with these strides spans. */
function span(rows: number, columns: number, row: number, column: number): number {
  return rows === 0 || columns === 0 ? 0 : (rows - 1) * row + (columns - 1) * column + 1;
}

/** What guards are filled with: a number that no product gives. */
export const guard = 12345;

/** A product that has been set up in a memory of its own. */
export interface Product {
  readonly spec: GemmSpec;
  /** Elements; views of the memory. */
  readonly a: Float32Array | Float64Array;
  readonly b: Float32Array | Float64Array;
  readonly initial: Float32Array | Float64Array;
  /** C within its guards: 16 elements before and after. */
  readonly c: Float32Array | Float64Array;
  /** The bytes of the module. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly run: () => void;
}

/** `accumulate`: C itself is what the sums start from. Elements are random numbers; C's memory is all guards. */
export function setUp(spec: GemmSpec, seed: number, accumulate = false): Product {
  const { m, k, n, dtype, a, b, c, initial } = spec;
  const element = dtype === "float32" ? 4 : 8;
  const spans = [
    span(m, k, a.row, a.column),
    span(k, n, b.row, b.column),
    span(m, n, c.row, 1) + 32,
    initial === undefined ? 0 : span(m, n, initial.row, initial.column),
    (spec.packed === true ? packedBytes(spec) : 0) / element,
    scratchBytes(spec) / element,
  ];
  let end = 1024;
  const starts = spans.map((length) => {
    const start = end;
    end += Math.ceil((length * element + 64) / 16) * 16;
    return start;
  });
  const memory = new WebAssembly.Memory({ initial: Math.ceil((end + 1024) / 65536) });
  const bytes = moduleOf(spec);
  const view = (index: number) =>
    dtype === "float32"
      ? new Float32Array(memory.buffer, starts[index], spans[index])
      : new Float64Array(memory.buffer, starts[index], spans[index]);
  // All of memory is NaN or guard at first: whatever is read by mistake shows.
  new Float32Array(memory.buffer).fill(NaN);
  const [va, vb, vc, vi] = [view(0), view(1), view(2), view(3)];
  const next = numbersFrom(seed);
  va.forEach((_, index) => (va[index] = next()));
  vb.forEach((_, index) => (vb[index] = next()));
  vi.forEach((_, index) => (vi[index] = next()));
  vc.fill(guard);
  if (accumulate) {
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) vc[16 + i * c.row + j] = next();
  }
  const [pa = 0, pb = 0, pc = 0, pi = 0, packed = 0, scratch = 0] = starts;
  const pointerC = pc + 16 * element;
  const start = initial === undefined ? [] : [accumulate ? pointerC : pi];
  let instance: Record<string, (...args: number[]) => void> | undefined;
  const run = () => {
    instance ??= exportsOf(bytes, memory);
    if (spec.packed === true) instance["pack"]?.(pb, packed);
    instance["gemm"]?.(pa, spec.packed === true ? packed : pb, pointerC, ...start, scratch);
  };
  return { spec, a: va, b: vb, initial: accumulate ? vc.slice(16) : vi, c: vc, bytes, run };
}

function moduleOf(spec: GemmSpec): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  module.export("gemm", defineGemm(module, spec));
  if (spec.packed === true) module.export("pack", definePack(module, spec));
  return module.encode();
}

function exportsOf(
  bytes: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
): Record<string, (...args: number[]) => void> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [
      name,
      (...args: number[]) => {
        if (typeof value === "function") Reflect.apply(value, undefined, args);
      },
    ]),
  );
}

/** The product in float64, and the sum of absolute values that its rounding error is measured against. */
export function reference(
  { spec, a, b, initial }: Product,
  i: number,
  j: number,
): { value: number; magnitude: number } {
  let value = 0;
  let magnitude = 0;
  if (spec.initial !== undefined) {
    value = initial[i * spec.initial.row + j * spec.initial.column] ?? NaN;
    magnitude = Math.abs(value);
  }
  for (let l = 0; l < spec.k; l++) {
    const term =
      (a[i * spec.a.row + l * spec.a.column] ?? NaN) * (b[l * spec.b.row + j * spec.b.column] ?? NaN);
    value += term;
    magnitude += Math.abs(term);
  }
  return { value, magnitude };
}

/**
 * The first thing that is wrong with C after a run: an element further from the reference than rounding can take it
 * (Higham, Accuracy and Stability of Numerical Algorithms, 3.1: a sum of k products and a start, in any order, is
 * within γ(k + 1)·Σ|aᵢ||bᵢ|; the reference's own error is of the same kind), or a guard that was written.
 */
export function faultIn(product: Product): string | undefined {
  const { spec, c } = product;
  const written = new Set<number>();
  const bound =
    gamma(spec.k + 1, spec.dtype === "float32" ? 2 ** -24 : 2 ** -53) + gamma(spec.k + 1, 2 ** -53);
  for (let i = 0; i < spec.m; i++) {
    for (let j = 0; j < spec.n; j++) {
      const index = 16 + i * spec.c.row + j;
      written.add(index);
      const { value, magnitude } = reference(product, i, j);
      const got = c[index] ?? NaN;
      const right = Number.isFinite(value)
        ? Math.abs(got - value) <= bound * magnitude
        : Object.is(got, value);
      if (!right) return `C[${i}, ${j}] is ${got}, expected ${value} ± ${bound * magnitude}`;
    }
  }
  const touched = c.findIndex((x, index) => !written.has(index) && x !== guard);
  return touched < 0 ? undefined : `element ${touched - 16} outside of C was written: ${c[touched] ?? ""}`;
}

function gamma(n: number, unit: number): number {
  return (n * unit) / (1 - n * unit);
}
