/** A loss of predictions; writes its gradient when it is given a place for it. */
export type Loss = (prediction: Float32Array, y: Float32Array, gradient?: Float32Array) => number;

export const squaredError: Loss = (prediction, y, gradient) => {
  const n = y.length;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const error = (prediction[i] ?? 0) - (y[i] ?? 0);
    total += error * error;
    if (gradient !== undefined) gradient[i] = (2 * error) / n;
  }
  return total / n;
};

/** Softmax cross-entropy of logits and one-hot targets [rows, classes], the mean over rows. */
export const crossEntropy =
  (classes: number): Loss =>
  (logits, y, gradient) => {
    const rows = y.length / classes;
    let total = 0;
    for (let row = 0; row < y.length; row += classes) {
      let largest = -Infinity;
      for (let j = row; j < row + classes; j++) largest = Math.max(largest, logits[j] ?? 0);
      let sum = 0;
      for (let j = row; j < row + classes; j++) sum += Math.exp((logits[j] ?? 0) - largest);
      const logSum = largest + Math.log(sum);
      for (let j = row; j < row + classes; j++) {
        const logP = (logits[j] ?? 0) - logSum;
        total -= (y[j] ?? 0) * logP;
        if (gradient !== undefined) gradient[j] = (Math.exp(logP) - (y[j] ?? 0)) / rows;
      }
    }
    return total / rows;
  };
