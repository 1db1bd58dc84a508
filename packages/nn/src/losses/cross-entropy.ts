import {
  DtypeError,
  ShapeError,
  checkTensor,
  describe,
  expandDims,
  formatShape,
  gather,
  isFloat,
  logSoftmax,
  mul,
  neg,
  optionsOf,
  sameShape,
  scope,
  sum,
  type Tensor,
} from "@tapeloop/core";
import { reduceLosses, type LossOptions } from "./reduction.js";

/**
 * Cross-entropy −Σ_c p_c log softmax(z)_c of class scores, averaged (or summed) over the places [...].
 * Computed from the scores themselves (logits), so that no probability is rounded to 0 before its logarithm.
 *
 * @param logits z [..., classes], any real numbers; −Infinity rules a class out
 * @param target class indices, int32 [...]; or probabilities p, like the logits (one-hot rows, for instance), whose
 *   rows are taken as they are, summing to 1 or not
 * @throws ShapeError, DtypeError when the target is neither
 * @throws ArgumentError for an index outside 0 … classes − 1
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: LossOptions): Tensor {
  const { reduction } = optionsOf("crossEntropy", options);
  return scope("crossEntropy", () => {
    checkTensor("crossEntropy", logits, "logits [..., classes]");
    checkTensor("crossEntropy", target, "the target, a tensor");
    const classes = logits.shape.at(-1);
    if (classes === undefined || classes === 0) {
      throw new ShapeError(`crossEntropy: got logits ${describe(logits)}, expected [..., classes]`);
    }
    const logProbabilities = logSoftmax(logits);
    const chosen =
      target.dtype === "int32"
        ? ofIndices(logProbabilities, target)
        : ofProbabilities(logProbabilities, target);
    return reduceLosses("crossEntropy", neg(sum(chosen, -1)), reduction);
  });
}

/** log p of each target's class, [..., 1]. A choice, not a product with one-hot rows: 0 · −Infinity would be NaN. */
function ofIndices(logProbabilities: Tensor, target: Tensor): Tensor {
  const places = logProbabilities.shape.slice(0, -1);
  if (!sameShape(target.shape, places)) {
    throw new ShapeError(
      `crossEntropy: got class indices ${describe(target)}, expected ${formatShape(places)} for logits ` +
        formatShape(logProbabilities.shape),
    );
  }
  return gather(logProbabilities, expandDims(target, -1), -1);
}

function ofProbabilities(logProbabilities: Tensor, target: Tensor): Tensor {
  if (!isFloat(target.dtype) || target.dtype !== logProbabilities.dtype) {
    throw new DtypeError(
      `crossEntropy: got target ${describe(target)}, expected int32 class indices or ${logProbabilities.dtype} ` +
        "probabilities",
    );
  }
  if (!sameShape(target.shape, logProbabilities.shape)) {
    throw new ShapeError(
      `crossEntropy: got probabilities ${describe(target)}, expected ${formatShape(logProbabilities.shape)} as the logits`,
    );
  }
  return mul(target, logProbabilities);
}
