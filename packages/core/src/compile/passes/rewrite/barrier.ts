import { defineOp } from "../../../tape/op.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { viewOf } from "../../../tensor/tensor.js";

/**
 * The same values, which no pass looks through: what is computed from a barrier is not the same expression as what is
 * computed from its input. Recomputation of a checkpoint starts at barriers, so that it is not merged with the values
 * that were computed before. For a code generator it is one more name for the same memory.
 */
export const barrierOp = defineOp<readonly [Tensor]>({
  name: "barrier",
  shape: ([x]) => x,
  forward: ([x]) => viewOf(x, x.shape, x.storage),
  vjp: (dy) => [() => dy],
  jvp: "linear",
});
