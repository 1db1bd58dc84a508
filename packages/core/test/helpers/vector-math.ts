import { i32, ModuleBuilder, v128, type FunctionBuilder, type Value } from "../../src/wasm/index.js";

type Vector = Value<"v128">;

/** Elements that one call works on. */
const MOST = 4096;
const PAGE = 65536;

export interface Evaluator<T> {
  /** The operands, to be written to before a call. */
  readonly operands: readonly T[];
  /** Computes the function of the first `length` elements, a multiple of four. */
  readonly run: (length?: number) => T;
}

/** A function of vectors as a module of its own, compiled once. */
function evaluator<T>(
  arity: number,
  view: (memory: ArrayBuffer, offset: number) => T,
  bytesPerElement: number,
  write: (f: FunctionBuilder, ...operands: readonly Vector[]) => Vector,
): Evaluator<T> {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 2 * (arity + 1) });
  const at = (which: number) => which * 2 * PAGE;
  const loop = module.func("run", ["i32"], (f) => {
    f.for(i32.const(0), f.param(0, "i32"), 16, (base) => {
      const operands = Array.from({ length: arity }, (_, k) => v128.load({ base, offset: at(k + 1) }));
      f.run(v128.store({ base }, write(f, ...operands)));
    });
  });
  module.export("run", loop);
  const memory = new WebAssembly.Memory({ initial: 2 * (arity + 1) });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });
  const run = instance.exports["run"];
  if (typeof run !== "function") throw new Error("the module does not export its function");
  const result = view(memory.buffer, 0);
  return {
    operands: Array.from({ length: arity }, (_, k) => view(memory.buffer, at(k + 1))),
    run(length = MOST) {
      Reflect.apply(run, undefined, [length * bytesPerElement]);
      return result;
    },
  };
}

type Write1 = (f: FunctionBuilder, x: Vector) => Vector;
type Write2 = (f: FunctionBuilder, a: Vector, b: Vector) => Vector;

const float32View = (buffer: ArrayBuffer, offset: number) => new Float32Array(buffer, offset, MOST);
const float64View = (buffer: ArrayBuffer, offset: number) => new Float64Array(buffer, offset, MOST);

const fill1 =
  (of: Write1) =>
  (f: FunctionBuilder, x?: Vector): Vector =>
    of(f, given(x));
const fill2 =
  (of: Write2) =>
  (f: FunctionBuilder, a?: Vector, b?: Vector): Vector =>
    of(f, given(a), given(b));

function given(x: Vector | undefined): Vector {
  if (x === undefined) throw new Error("an operand is missing");
  return x;
}

export const float32Of1 = (of: Write1) => evaluator(1, float32View, 4, fill1(of));
export const float32Of2 = (of: Write2) => evaluator(2, float32View, 4, fill2(of));
export const float64Of1 = (of: Write1) => evaluator(1, float64View, 8, fill1(of));
export const float64Of2 = (of: Write2) => evaluator(2, float64View, 8, fill2(of));

/** The values of a function of one operand, for any number of arguments. */
export function valuesOf<T extends Float32Array | Float64Array>(
  { operands: [operand], run }: Evaluator<T>,
  xs: readonly number[],
): number[] {
  if (operand === undefined) throw new Error("the function has no operand");
  const values: number[] = [];
  for (let start = 0; start < xs.length; start += MOST) {
    const part = xs.slice(start, start + MOST);
    operand.set(part);
    const result = run();
    for (let i = 0; i < part.length; i++) values.push(result[i] ?? NaN);
  }
  return values;
}

/** The values of a function of two operands. */
export function valuesOf2<T extends Float32Array | Float64Array>(
  { operands: [first, second], run }: Evaluator<T>,
  pairs: readonly (readonly [number, number])[],
): number[] {
  if (first === undefined || second === undefined) throw new Error("the function has too few operands");
  const values: number[] = [];
  for (let start = 0; start < pairs.length; start += MOST) {
    const part = pairs.slice(start, start + MOST);
    first.set(part.map(([a]) => a));
    second.set(part.map(([, b]) => b));
    const result = run();
    for (let i = 0; i < part.length; i++) values.push(result[i] ?? NaN);
  }
  return values;
}

const bits32 = new DataView(new ArrayBuffer(8));

/** The gap between neighbouring float32 numbers at `x`, rounded to float32; also below the smallest normal one. */
export function ulp32(x: number): number {
  bits32.setFloat32(0, x);
  return 2 ** (Math.max((bits32.getUint32(0) >>> 23) & 255, 1) - 150);
}

/** The gap between neighbouring float64 numbers at `x`. */
export function ulp64(x: number): number {
  bits32.setFloat64(0, x);
  return 2 ** (Math.max((bits32.getUint32(0) >>> 20) & 2047, 1) - 1075);
}

/**
 * How far `got` is from what it should be, in units in the last place of float32; `expected` is a float64. 0 where both
 * are the same infinity or NaN, Infinity where only one is, and where the signs of zeros differ.
 */
export function error32(got: number, expected: number): number {
  const rounded = Math.fround(expected);
  if (Object.is(got, rounded) && !Number.isFinite(got)) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(rounded)) {
    // Near the largest number an error of some units is an infinity.
    const near = Math.abs(expected) > 3.402822e38 && Math.abs(expected) < 3.4028249e38;
    return near && Math.abs(got) > 3.402822e38 && got > 0 === expected > 0 ? 1 : Infinity;
  }
  if (got === 0 && rounded === 0) return Object.is(got, rounded) ? 0 : Infinity;
  return Math.abs(got - expected) / ulp32(rounded);
}
