import {
  add,
  grad,
  matmul,
  record,
  scope,
  sum,
  tanh,
  timeStep,
  zeros,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import { toDot, toJson, toMermaid } from "@tapeloop/dot";
import { renderSvg } from "@tapeloop/dot/render";

type Params = { readonly wx: Tensor; readonly wh: Tensor; readonly b: Tensor };

const params = (): Params => ({ wx: zeros([3, 4]), wh: zeros([4, 4]), b: zeros([4]) });
const inputs = (steps: number): Tensor[] => Array.from({ length: steps }, () => zeros([2, 3]));

/** An RNN as a plain loop: five operations a step. */
function rnn({ wx, wh, b }: Params, xs: readonly Tensor[]): Tensor {
  let h: Tensor = zeros([2, 4]);
  scope("rnn", () => {
    xs.forEach((x, t) => timeStep(t, () => (h = tanh(add(add(matmul(x, wx), matmul(h, wh)), b)))));
  });
  return h;
}

const forward = (steps: number): Tape => record(rnn, params(), inputs(steps)).tape;
const withGradient = (steps: number): Tape =>
  record(
    grad((p: Params, xs: readonly Tensor[]) => sum(rnn(p, xs))),
    params(),
    inputs(steps),
  ).tape;

const whole = { unrolled: true, maxNodes: Infinity } as const;

/** Prints milliseconds: the least of some runs, since what else the machine does only adds to them. */
export async function measure(print: (line: string) => void): Promise<void> {
  for (const steps of [5_000, 10_000, 20_000]) {
    const tape = forward(steps);
    const operations = tape.nodes.length.toLocaleString("en-US");
    const text = toDot(tape, whole);
    const nodes = (text.match(/^ *\w+ \[label=/gm) ?? []).length.toLocaleString("en-US");
    const size = `${(text.length / 1e6).toFixed(1)} MB`;
    print(
      `${operations} operations, all ${nodes} nodes as DOT (${size}): ${least(3, () => toDot(tape, whole))} ms`,
    );
    print(`${operations} operations, all as JSON: ${least(3, () => toJson(tape, whole))} ms`);
    print(`${operations} operations, loops folded, as DOT: ${least(3, () => toDot(tape))} ms`);
    print(
      `${operations} operations, 500 nodes, as DOT: ${least(3, () => toDot(tape, { unrolled: true }))} ms`,
    );
    print(`${operations} operations, loops folded, as Mermaid: ${least(3, () => toMermaid(tape))} ms`);
  }
  await renderSvg("digraph { the -> worker -> starts }");
  for (const [name, tape] of [
    ["an RNN", forward(1_300)],
    ["an RNN with its gradient", withGradient(380)],
  ] as const) {
    const what = `${name}, ${tape.nodes.length.toLocaleString("en-US")} operations`;
    let time = Infinity;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await renderSvg(toDot(tape, whole), { timeLimit: 120_000 });
      time = Math.min(time, performance.now() - start);
    }
    print(`${what}, all as SVG: ${time.toFixed(0)} ms`);
  }
}

/** What drawing a tape of five operations a step, every one of them, adds to the most memory that the process needs. */
export function measureMemory(steps: number): string {
  const tape = forward(steps);
  const before = process.resourceUsage().maxRSS;
  const text = toDot(tape, whole);
  const added = (process.resourceUsage().maxRSS - before) / 1024;
  const operations = tape.nodes.length.toLocaleString("en-US");
  return `${operations} operations, all as DOT (${(text.length / 1e6).toFixed(1)} MB): ${added.toFixed(0)} MB of memory`;
}

function least(runs: number, run: () => unknown): string {
  let time = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    run();
    time = Math.min(time, performance.now() - start);
  }
  return time.toFixed(0);
}
