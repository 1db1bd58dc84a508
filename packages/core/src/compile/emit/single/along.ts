import { flagIn, numberIn } from "../../attributes.js";
import { elementBytes } from "../../ir.js";
import { sizeOf } from "../../../tensor/shape.js";
import { f64, i32, memory, type Local } from "../../../wasm/index.js";
import { around, each, loadNumber, storeFloat } from "./loops.js";
import type { SingleWriter } from "./writer.js";

/** Running sums, in float64 unless they are int32. */
export const cumsum: SingleWriter = (f, { inputs: [x], attrs }, [from, to]) => {
  const { outer, size, inner } = around(x.shape, numberIn(attrs, "axis"));
  const [reverse, exclusive] = [flagIn(attrs, "reverse"), flagIn(attrs, "exclusive")];
  const { dtype } = x;
  const bytes = elementBytes[dtype];
  const by = (reverse ? -1 : 1) * inner * bytes;
  const first = reverse ? (size - 1) * inner * bytes : 0;
  const line = (): void => {
    const [source, target] = [f.keep(i32.add(from, i32.const(first))), f.keep(i32.add(to, i32.const(first)))];
    if (dtype === "int32") {
      const total = f.keep(i32.const(0));
      const step = (): void => {
        const v = f.keep(i32.load({ base: source }));
        if (exclusive) f.run(i32.store({ base: target }, total));
        f.set(total, i32.add(total, v));
        if (!exclusive) f.run(i32.store({ base: target }, total));
      };
      each(f, size, step, [source, by], [target, by]);
      return;
    }
    const total = f.keep(f64.const(0));
    const step = (): void => {
      const v = f.keep(loadNumber(dtype, { base: source }));
      if (exclusive) f.run(storeFloat(dtype, { base: target }, total));
      f.set(total, f64.add(total, v));
      if (!exclusive) f.run(storeFloat(dtype, { base: target }, total));
    };
    each(f, size, step, [source, by], [target, by]);
  };
  const rest = (size - 1) * inner * bytes;
  const lines = (): void => {
    each(f, inner, line, [from, bytes], [to, bytes]);
  };
  if (size > 0) each(f, outer, lines, [from, rest], [to, rest]);
};

/** Where the first of the largest (or smallest) elements of each row lies; NaN wins over numbers. */
const position =
  (isLargest: boolean): SingleWriter =>
  (f, { inputs: [x], output }, [from, to]) => {
    const rows = sizeOf(output.shape);
    const bytes = elementBytes[x.dtype];
    const read = () => loadNumber(x.dtype, { base: from });
    const row = (): void => {
      const best = f.keep(read());
      const [at, k] = [f.keep(i32.const(0)), f.keep(i32.const(0))];
      const look = (): void => {
        const v = f.keep(read());
        const beats = isLargest ? f64.gt(v, best) : f64.lt(v, best);
        f.if(i32.or(beats, i32.and(f64.ne(v, v), f64.eq(best, best))), () => {
          f.set(best, v);
          f.set(at, k);
        });
      };
      each(f, sizeOf(x.shape) / rows, look, [from, bytes], [k, 1]);
      f.run(i32.store({ base: to }, at));
    };
    each(f, rows, row, [to, 4]);
  };

export const argmax = position(true);
export const argmin = position(false);

/** Zeros, and each element of each window added where it was taken from, in float64. */
export const overlapAdd: SingleWriter = (f, { inputs: [y], output, attrs }, [from, to]) => {
  const [axis, by] = [numberIn(attrs, "axis"), numberIn(attrs, "step")];
  const { outer, size, inner } = around(output.shape, axis);
  const windows = y.shape[axis] ?? 0;
  const window = y.shape.at(-1) ?? 1;
  const bytes = elementBytes[output.dtype];
  const step = elementBytes[y.dtype];
  f.run(memory.fill(to, i32.const(0), i32.const(outer * size * inner * bytes)));
  const add = (base: Local<"i32">): void => {
    f.run(f64.store({ base }, f64.add(f64.load({ base }), loadNumber(y.dtype, { base: from }))));
  };
  const one = (start: Local<"i32">) => (): void => {
    const at = f.keep(start);
    each(
      f,
      window,
      () => {
        add(at);
      },
      [at, inner * bytes],
      [from, step],
    );
  };
  const slab = (): void => {
    const start = f.keep(to);
    const here = (): void => {
      const element = f.keep(start);
      each(f, inner, one(element), [element, bytes]);
    };
    each(f, windows, here, [start, by * inner * bytes]);
  };
  each(f, outer, slab, [to, size * inner * bytes]);
};
