import { sizeOf, type Shape } from "../../../tensor/shape.js";
import type { Dtype } from "../../../tensor/dtype.js";
import {
  f32,
  f64,
  i32,
  memory,
  v128,
  type Address,
  type FunctionBuilder,
  type Local,
  type Statement,
  type Value,
} from "../../../wasm/index.js";

/** A pointer, and the bytes that it moves on after each run of a loop. */
type Moving = readonly [pointer: Local<"i32">, bytes: number];

/** Runs the body `count` times; the pointers move on after each. */
export function each(
  f: FunctionBuilder,
  count: number,
  body: () => void,
  ...moving: readonly Moving[]
): void {
  if (count === 0) return;
  const step = (): void => {
    body();
    for (const [pointer, bytes] of moving) {
      if (bytes !== 0) f.set(pointer, i32.add(pointer, i32.const(bytes)));
    }
  };
  if (count === 1) {
    step();
    return;
  }
  const left = f.keep(i32.const(count));
  f.doWhile(
    () => {
      step();
      f.set(left, i32.sub(left, i32.const(1)));
    },
    () => left,
  );
}

/** A shape as [outer, size, inner] around one of its axes. */
export function around(shape: Shape, axis: number): { outer: number; size: number; inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    size: shape[axis] ?? 1,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

/** Copies a known number of bytes. */
export function copyBytes(f: FunctionBuilder, to: Local<"i32">, from: Local<"i32">, bytes: number): void {
  if (bytes > 128) {
    f.run(memory.copy(to, from, i32.const(bytes)));
    return;
  }
  let offset = 0;
  const part = (size: number, move: (to: Address, from: Address) => Statement): void => {
    for (; offset + size <= bytes; offset += size) f.run(move({ base: to, offset }, { base: from, offset }));
  };
  part(16, (a, b) => v128.store(a, v128.load(b)));
  part(8, (a, b) => v128.store64_lane(a, f.keep(v128.load64_zero(b)), 0));
  part(4, (a, b) => i32.store(a, i32.load(b)));
  part(1, (a, b) => i32.store8(a, i32.load8_u(b)));
}

/** One element as a float64, which holds every value of every dtype. */
export function loadNumber(dtype: Dtype, from: Address): Value<"f64"> {
  switch (dtype) {
    case "float32":
      return f64.promote_f32(f32.load(from));
    case "float64":
      return f64.load(from);
    case "int32":
      return f64.convert_i32_s(i32.load(from));
    case "bool":
      return f64.convert_i32_s(i32.load8_u(from));
  }
}

/** Stores a float64 as a float of the dtype. */
export function storeFloat(dtype: Dtype, to: Address, x: Value<"f64">): Statement {
  return dtype === "float32" ? f32.store(to, f32.demote_f64(x)) : f64.store(to, x);
}
