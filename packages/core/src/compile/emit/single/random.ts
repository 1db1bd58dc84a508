import { sizeOf } from "../../../tensor/shape.js";
import {
  i32,
  i32x4,
  i8x16,
  v128,
  type FunctionBuilder,
  type Local,
  type Value,
} from "../../../wasm/index.js";
import { STREAM } from "../../../random/ops.js";
import { PARITY, ROTATIONS } from "../../../random/threefry.js";
import { each } from "./loops.js";
import type { SingleWriter } from "./writer.js";

/** Pairs of words, four at a time: pair i comes from the key, the counter `first + i`, and the stream. */
function words(
  f: FunctionBuilder,
  key: Local<"i32">,
  to: Local<"i32">,
  count: number,
  { first, stream }: { first: Value<"i32">; stream: number },
): void {
  if (count === 0) return;
  const keys = threeKeys(f, key);
  const counter = f.keep(i32x4.add(i32x4.splat(first), i32x4.const(0, 1, 2, 3)));
  const second = f.constant(i32x4.all(stream));
  const left = f.keep(i32.const(count));
  const group = (): void => {
    const [x0, x1] = threefry(f, keys, counter, second);
    const low = f.keep(i8x16.shuffle(x0, x1, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]));
    const high = f.keep(
      i8x16.shuffle(x0, x1, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]),
    );
    const whole = (): void => {
      f.run(v128.store({ base: to }, low), v128.store({ base: to, offset: 16 }, high));
    };
    const some = (): void => {
      for (let i = 0; i < count % 8; i++) {
        f.run(v128.store32_lane({ base: to, offset: 4 * i }, i < 4 ? low : high, i % 4));
      }
    };
    if (count < 8) some();
    else if (count % 8 === 0) whole();
    else f.if(i32.ge_s(left, i32.const(8)), whole, some);
    f.set(counter, i32x4.add(counter, f.constant(i32x4.all(4))));
  };
  each(f, Math.ceil(count / 8), group, [to, 32], [left, -8]);
}

/** The key's two words and their parity, each in all lanes. */
function threeKeys(
  f: FunctionBuilder,
  key: Local<"i32">,
): readonly [Local<"v128">, Local<"v128">, Local<"v128">] {
  const [k0, k1] = [
    f.keep(v128.load32_splat({ base: key })),
    f.keep(v128.load32_splat({ base: key, offset: 4 })),
  ];
  return [k0, k1, f.keep(v128.xor(f.constant(i32x4.all(PARITY)), v128.xor(k0, k1)))];
}

/** Threefry-2x32 with 20 rounds on four counters at once; see `random/threefry.ts`. */
function threefry(
  f: FunctionBuilder,
  keys: readonly [Local<"v128">, Local<"v128">, Local<"v128">],
  c0: Local<"v128">,
  c1: Local<"v128">,
): readonly [Local<"v128">, Local<"v128">] {
  const keyAt = (s: number): Local<"v128"> => keys[s % 3] ?? keys[0];
  const x0 = f.keep(i32x4.add(c0, keyAt(0)));
  const x1 = f.keep(i32x4.add(c1, keyAt(1)));
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round % 8] ?? 0;
    f.set(x0, i32x4.add(x0, x1));
    const turned = v128.or(i32x4.shl(x1, i32.const(r)), i32x4.shr_u(x1, i32.const(32 - r)));
    f.set(x1, v128.xor(turned, x0));
    if (round % 4 !== 3) continue;
    const s = (round + 1) / 4;
    f.set(x0, i32x4.add(x0, keyAt(s)));
    f.set(x1, i32x4.add(x1, i32x4.add(keyAt(s + 1), f.constant(i32x4.all(s)))));
  }
  return [x0, x1];
}

export const randomBits: SingleWriter = (f, { output }, [key, to]) => {
  words(f, key, to, sizeOf(output.shape), { first: i32.const(0), stream: STREAM.bits });
};

export const splitKey: SingleWriter = (f, { output }, [key, to]) => {
  words(f, key, to, sizeOf(output.shape), { first: i32.const(0), stream: STREAM.split });
};

export const foldIn: SingleWriter = (f, _spec, [key, data, to]) => {
  words(f, key, to, 2, { first: i32.load({ base: data }), stream: STREAM.fold });
};
