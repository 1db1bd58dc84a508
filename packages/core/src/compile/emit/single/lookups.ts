import { elementBytes } from "../../ir.js";
import { numberIn } from "../../attributes.js";
import { sizeOf } from "../../../tensor/shape.js";
import type { Dtype } from "../../../tensor/dtype.js";
import {
  f32,
  f64,
  f64x2,
  i32,
  memory,
  v128,
  type FunctionBuilder,
  type Local,
  type Statement,
} from "../../../wasm/index.js";
import { around, copyBytes, each, loadNumber } from "./loops.js";
import type { SingleWriter } from "./writer.js";

/*
 * Look-ups by index, and their transposes. All indices are checked before anything is written; where one is wrong, the
 * function gives 1, and the reference kernel is called for its error.
 */

export function checkIndices(f: FunctionBuilder, indices: Local<"i32">, count: number, size: number): void {
  const at = f.keep(indices);
  each(
    f,
    count,
    () => {
      f.if(i32.ge_u(i32.load({ base: at }), i32.const(size)), () => {
        f.return(i32.const(1));
      });
    },
    [at, 4],
  );
}

/** The address `base + index · bytes`, with the index that lies at `at`. */
export function indexed(
  f: FunctionBuilder,
  base: Local<"i32">,
  at: Local<"i32">,
  bytes: number,
): Local<"i32"> {
  return f.keep(i32.add(base, i32.mul(i32.load({ base: at }), i32.const(bytes))));
}

export const take: SingleWriter = (f, { inputs: [x, indices], attrs }, [from, list, to]) => {
  const { outer, size, inner } = around(x.shape, numberIn(attrs, "axis"));
  const count = sizeOf(indices.shape);
  const bytes = inner * elementBytes[x.dtype];
  checkIndices(f, list, count, size);
  const step = (): void => {
    const at = f.keep(list);
    each(
      f,
      count,
      () => {
        copyBytes(f, to, indexed(f, from, at, bytes), bytes);
      },
      [at, 4],
      [to, bytes],
    );
  };
  each(f, outer, step, [from, size * bytes]);
};

/** Zeros, and each slice of dy added where it was taken from. */
export const takeGrad: SingleWriter = (f, { inputs: [dy, indices], output, attrs }, [from, list, to]) => {
  const { outer, size, inner } = around(output.shape, numberIn(attrs, "axis"));
  const count = sizeOf(indices.shape);
  const bytes = inner * elementBytes[output.dtype];
  checkIndices(f, list, count, size);
  f.run(memory.fill(to, i32.const(0), i32.const(outer * size * bytes)));
  const step = (): void => {
    const at = f.keep(list);
    each(
      f,
      count,
      () => {
        addRun(f, indexed(f, to, at, bytes), from, dy.dtype, inner);
      },
      [at, 4],
    );
  };
  each(f, outer, step, [to, size * bytes]);
};

/** Adds `count` neighbouring floats of a dtype to float64; `from` moves on. */
function addRun(f: FunctionBuilder, to: Local<"i32">, from: Local<"i32">, dtype: Dtype, count: number): void {
  const bytes = elementBytes[dtype];
  const pair = (): void => {
    const parts =
      dtype === "float32"
        ? f64x2.promote_low_f32x4(v128.load64_zero({ base: from }))
        : v128.load({ base: from });
    f.run(v128.store({ base: to }, f64x2.add(v128.load({ base: to }), parts)));
  };
  each(f, Math.floor(count / 2), pair, [to, 16], [from, 2 * bytes]);
  const one = (): void => {
    f.run(f64.store({ base: to }, f64.add(f64.load({ base: to }), loadNumber(dtype, { base: from }))));
  };
  each(f, count % 2, one, [from, bytes]);
}

export const oneHot: SingleWriter = (f, { inputs: [indices], output, attrs }, [list, to]) => {
  const depth = numberIn(attrs, "depth");
  const bytes = elementBytes[output.dtype];
  const count = sizeOf(indices.shape);
  checkIndices(f, list, count, depth);
  f.run(memory.fill(to, i32.const(0), i32.const(count * depth * bytes)));
  each(
    f,
    count,
    () => {
      f.run(storeOne(output.dtype, indexed(f, to, list, bytes)));
    },
    [list, 4],
    [to, depth * bytes],
  );
};

function storeOne(dtype: Dtype, base: Local<"i32">): Statement {
  switch (dtype) {
    case "float32":
      return f32.store({ base }, f32.const(1));
    case "float64":
      return f64.store({ base }, f64.const(1));
    case "int32":
      return i32.store({ base }, i32.const(1));
    case "bool":
      return i32.store8({ base }, i32.const(1));
  }
}
