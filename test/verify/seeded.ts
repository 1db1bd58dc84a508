import { tensor, type Tensor } from "@tapeloop/core";

/** Normally distributed float64 tensors from a seed (a counter through a 32-bit finalizer, then Box and Muller). */
export function seeded(seed: number): (shape: readonly number[], deviation: number) => Tensor {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
    z = Math.imul(z ^ (z >>> 16), 0x45d9f3b);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return (shape, deviation) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tensor(
      Float64Array.from({ length: size }, () => deviation * normal()),
      { shape: [...shape] },
    );
  };
}
