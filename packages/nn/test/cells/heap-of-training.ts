/**
 * A program of its own, run with `node --expose-gc`: trains a tiny RNN and prints, as JSON, how many bytes are held
 * after a garbage collection at several points.
 */
import { fromTypedArray, mul, sub, treeMap2, valueAndGrad, type Tensor } from "@tapeloop/core";
import { linear, manyToOne, mse, rnn, type LinearParams, type RnnParams } from "@tapeloop/nn";

const steps = Number(process.argv[2]);
const mode = process.argv[3] === "loop" ? "loop" : "scan";
const points = 8;

const sizes = { input: 1, hidden: 2 };
type Params = { readonly cell: RnnParams; readonly readout: LinearParams };
const xs = fromTypedArray(
  Float32Array.from({ length: 2 }, (_, i) => Math.sin(i)),
  [2, 1, 1],
);
const target = fromTypedArray(Float32Array.of(0.3), [1, 1]);

const loss = ({ cell, readout }: Params): Tensor =>
  mse(linear.apply(readout, manyToOne(rnn, cell, xs, { mode })), target, { reduction: "mean" });

let params: Params = { cell: rnn.init(sizes, 1), readout: linear.init({ input: 2, output: 1 }, 2) };
const losses: number[] = [];
const bytes: number[] = [];
for (let step = 1; step <= steps; step++) {
  const [value, gradient] = valueAndGrad(loss)(params);
  params = treeMap2(params, gradient, (t, g) => sub(t, mul(g, 1e-4)));
  if (step % (steps / points) === 0) {
    losses.push(value.item());
    global.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    bytes.push(heapUsed + arrayBuffers);
  }
}
process.stdout.write(JSON.stringify({ collected: global.gc !== undefined, losses, bytes }));
