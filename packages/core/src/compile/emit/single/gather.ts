import { f64, i32, type FunctionBuilder, type Local } from "../../../wasm/index.js";
import { sizeOf } from "../../../tensor/shape.js";
import { numberIn } from "../../attributes.js";
import { elementBytes } from "../../ir.js";
import { checkIndices, indexed } from "./lookups.js";
import { around, copyBytes, each, loadNumber } from "./loops.js";
import type { SingleWriter } from "./writer.js";

/** Visits every element of `indices` with the place within x that it names. */
function eachGathered(
  f: FunctionBuilder,
  {
    shape,
    axis,
    bytes,
    indices,
  }: { shape: readonly number[]; axis: number; bytes: number; indices: readonly number[] },
  [base, list]: readonly [Local<"i32">, Local<"i32">],
  visit: (within: Local<"i32">) => void,
  ...moving: readonly (readonly [Local<"i32">, number])[]
): void {
  const { outer, size, inner } = around(shape, axis);
  const line = (): void => {
    const start = f.keep(base);
    each(
      f,
      inner,
      () => {
        visit(indexed(f, start, list, inner * bytes));
      },
      [start, bytes],
      [list, 4],
      ...moving,
    );
  };
  each(
    f,
    outer,
    () => {
      each(f, indices[axis] ?? 0, line);
    },
    [base, size * inner * bytes],
  );
}

export const gather: SingleWriter = (f, { inputs: [x, indices], attrs }, [from, list, to]) => {
  const [axis, bytes] = [numberIn(attrs, "axis"), elementBytes[x.dtype]];
  checkIndices(f, list, sizeOf(indices.shape), x.shape[axis] ?? 0);
  const place = { shape: x.shape, axis, bytes, indices: indices.shape };
  eachGathered(
    f,
    place,
    [from, list],
    (within) => {
      copyBytes(f, to, within, bytes);
    },
    [to, bytes],
  );
};

/** x, in float64 unless it is int32, and each update added at its index. */
export const scatterAdd: SingleWriter = (
  f,
  { inputs: [x, indices, updates], output, attrs },
  [from, list, added, to],
) => {
  const [axis, bytes] = [numberIn(attrs, "axis"), elementBytes[output.dtype]];
  const step = elementBytes[x.dtype];
  checkIndices(f, list, sizeOf(indices.shape), x.shape[axis] ?? 0);
  const start = f.keep(to);
  const isInt = output.dtype === "int32";
  const begin = (): void => {
    const [target, source] = [{ base: start }, { base: from }];
    f.run(isInt ? i32.store(target, i32.load(source)) : f64.store(target, loadNumber(x.dtype, source)));
  };
  each(f, sizeOf(x.shape), begin, [start, bytes], [from, step]);
  const place = { shape: x.shape, axis, bytes, indices: indices.shape };
  const add = (base: Local<"i32">): void => {
    const source = { base: added };
    f.run(
      isInt
        ? i32.store({ base }, i32.add(i32.load({ base }), i32.load(source)))
        : f64.store({ base }, f64.add(f64.load({ base }), loadNumber(updates.dtype, source))),
    );
  };
  eachGathered(f, place, [to, list], add, [added, step]);
};
