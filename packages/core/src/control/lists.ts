import { TraceError } from "../errors.js";
import type { Tensor } from "../tensor/tensor.js";

/** Small helpers of the control-flow rules, which handle tensors as flat lists. */

/** `0 … n − 1`. */
export function indices(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Entry i, which must be there. */
export function at(list: readonly (Tensor | undefined)[], i: number): Tensor {
  const t = list[i];
  if (t === undefined) throw new TraceError(`tensor ${i} of ${list.length} is missing`);
  return t;
}

/** Sets a map's entry if both sides exist. */
export function link(map: Map<Tensor, Tensor>, key: Tensor | undefined, value: Tensor | undefined): void {
  if (key !== undefined && value !== undefined) map.set(key, value);
}
