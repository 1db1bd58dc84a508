import { describe, expect, it } from "vitest";
import {
  add,
  affine,
  checkpoint,
  compile,
  concat,
  mul,
  normal,
  randomKey,
  reshape,
  scan,
  sigmoid,
  square,
  sub,
  sum,
  tanh,
  treeMap2,
  treeTensors,
  valueAndGrad,
  zeros,
  type Tensor,
} from "@tapeloop/core";

/*
 * How much memory programs take: what their gradients need to keep, and little else.
 */

const [BATCH, INPUT, HIDDEN] = [8, 4, 16];

type Params = Readonly<Record<"wf" | "wc" | "bf" | "bc", Tensor>>;

const draw = (shape: readonly number[], seed: number): Tensor => mul(normal(randomKey(seed), shape), 0.3);
const params: Params = {
  wf: draw([HIDDEN + INPUT, HIDDEN], 1),
  wc: draw([HIDDEN + INPUT, HIDDEN], 2),
  bf: draw([HIDDEN], 3),
  bc: draw([HIDDEN], 4),
};
const start = (): Tensor => zeros([BATCH, HIDDEN]);
const series = (length: number): Tensor => draw([length, BATCH, INPUT], 5);

/** A minimal gated unit. */
function step({ wf, wc, bf, bc }: Params, h: Tensor, x: Tensor): Tensor {
  const f = sigmoid(affine(concat([h, x]), wf, bf));
  const c = tanh(affine(concat([mul(f, h), x]), wc, bc));
  return add(mul(sub(1, f), h), mul(f, c));
}

const run = (p: Params, h: Tensor, xs: Tensor): Tensor =>
  scan((state: Tensor, x: Tensor) => [step(p, state, x), null], h, xs)[0];

const plain = (p: Params, xs: Tensor): Tensor => sum(square(run(p, start(), xs)));

/** The same in blocks of √T steps, each of which is a checkpoint. */
function inBlocks(p: Params, xs: Tensor): Tensor {
  const length = xs.shape[0] ?? 0;
  const block = Math.sqrt(length);
  const sparing = checkpoint(run);
  const blocks = reshape(xs, [length / block, block, BATCH, INPUT]);
  const [last] = scan((h: Tensor, x: Tensor) => [sparing(p, h, x), null], start(), blocks);
  return sum(square(last));
}

const explained = (loss: typeof plain, length: number) =>
  compile(valueAndGrad(loss)).explain(params, series(length));

describe("the memory of a program", () => {
  it("is at most 1.2 times what is alive at once, beside inputs and constants", () => {
    for (const loss of [plain, inBlocks]) {
      const { memory } = explained(loss, 256);
      expect(memory.total - memory.lasting).toBeLessThan(1.2 * memory.live);
    }
  });

  it("is at most 1.2 times the six values a step that the gradient of a cell with two gates needs", () => {
    // The state, f, f⊙h and c for the reverse sweep, and what it leaves at the two gates for the weights' gradients.
    const more = explained(plain, 200).memory.live - explained(plain, 100).memory.live;
    const values = more / (100 * BATCH * HIDDEN * Float32Array.BYTES_PER_ELEMENT);
    expect(values).toBeLessThan(1.2 * 6);
  });

  it("grows with the root of the number of steps when blocks of √T steps are checkpoints", () => {
    const [small, large] = [256, 4096].map((length) => explained(inBlocks, length).memory.live);
    // Sixteen times as many steps.
    expect((large ?? 0) / (small ?? 1)).toBeLessThan(5);
    expect(large ?? 0).toBeLessThan(explained(plain, 4096).memory.live / 20);
  });

  it("and the gradients through checkpoints are those without", () => {
    const xs = series(64);
    const [expected, got] = [plain, inBlocks].map((loss) =>
      treeTensors(compile(valueAndGrad(loss))(params, xs)),
    );
    expected?.forEach((t, i) => {
      t.data.forEach((v, k) => expect(got?.[i]?.data[k]).toBeCloseTo(v, 4));
    });
  });
});

describe("the code of a program", () => {
  it("does not grow with the number of steps", () => {
    const [short, long, longer] = [10, 1000, 10_000].map((length) => explained(plain, length));
    const kernels = short?.kernels.map(({ kind }) => kind);
    expect(long?.kernels.map(({ kind }) => kind)).toEqual(kernels);
    expect(longer?.kernels.map(({ kind }) => kind)).toEqual(kernels);
    // From some size on products are cut into blocks. After that, addresses are longer numbers, and that is all.
    expect(long?.code.bytes ?? 0).toBeLessThan(1.5 * (short?.code.bytes ?? 0));
    expect(longer?.code.bytes ?? 0).toBeLessThan(1.02 * (long?.code.bytes ?? 0));
  });
});

describe("a training step that is repeated", () => {
  it("allocates nothing but its results", () => {
    const train = compile((p: Params, xs: Tensor) => {
      const [loss, gradient] = valueAndGrad(plain)(p, xs);
      return { loss, params: treeMap2(p, gradient, (w, g) => sub(w, mul(0.01, g))) };
    });
    const xs = series(2);
    let current = params;
    const steps = (count: number): void => {
      for (let i = 0; i < count; i++) current = train(current, xs).params;
    };
    const external = (): number => process.memoryUsage().arrayBuffers;
    steps(100);
    const before = external();
    const rises = Array.from({ length: 10 }, () => {
      steps(10_000);
      return external() - before;
    });
    // 100,000 steps make 600 MB of results, which are collected as they go.
    expect(Math.max(...rises)).toBeLessThan(80e6);
  });
});
