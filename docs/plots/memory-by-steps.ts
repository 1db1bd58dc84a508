import * as Plot from "@observablehq/plot";
import { checkpoint, compile, grad, reshape, scan, square, sum, zeros, type Tensor } from "@tapeloop/core";
import { lstm, type LstmParams, type LstmState } from "@tapeloop/nn";
import { chart, COLOURS } from "./chart.js";

const [BATCH, INPUT, HIDDEN] = [8, 4, 16] as const;

const run = (p: LstmParams, start: LstmState, xs: Tensor): LstmState =>
  scan((s: LstmState, x: Tensor) => [lstm.step(p, s, x).state, null], start, xs)[0];
const start = (): LstmState => ({ h: zeros([BATCH, HIDDEN]), c: zeros([BATCH, HIDDEN]) });

const plain = (p: LstmParams, xs: Tensor): Tensor => sum(square(run(p, start(), xs).h));

/** The same in √T blocks of √T steps; the values within a block are computed again for its gradient. */
function inBlocks(p: LstmParams, xs: Tensor): Tensor {
  const size = Math.sqrt(xs.shape[0] ?? 0);
  const block = checkpoint(run);
  const blocks = reshape(xs, [size, size, BATCH, INPUT]);
  const [{ h }] = scan((s: LstmState, x: Tensor) => [block(p, s, x), null], start(), blocks);
  return sum(square(h));
}

interface Measured {
  readonly steps: number;
  readonly bytes: number;
  readonly way: string;
}

/** The most bytes that the gradient's values need at once, by the number of steps. */
export function measure(): Measured[] {
  const params = lstm.init({ input: INPUT, hidden: HIDDEN }, 1);
  const ways = { "every step is kept": plain, "√T blocks of √T steps, each a checkpoint": inBlocks };
  return Object.entries(ways).flatMap(([way, loss]) =>
    [64, 256, 1024, 4096].map((steps) => {
      const gradient = compile((p: LstmParams, xs: Tensor) => grad(loss)(p, xs));
      const { memory } = gradient.explain(params, zeros([steps, BATCH, INPUT]));
      return { steps, bytes: memory.live, way };
    }),
  );
}

const text = (bytes: number): string =>
  bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${Number((bytes / 1e6).toPrecision(3))} MB`;

/** Memory of an LSTM's gradient over the number of steps, with and without checkpoints. */
export function memoryBySteps(): string {
  const measured = measure();
  const ways = [...new Set(measured.map(({ way }) => way))];
  const [blue, orange] = COLOURS;
  return chart({
    height: 360,
    marginLeft: 64,
    marginRight: 48,
    marginTop: 56,
    marginBottom: 44,
    x: {
      type: "log",
      base: 2,
      label: "steps T",
      labelAnchor: "center",
      inset: 28,
      ticks: [64, 256, 1024, 4096],
      tickFormat: String,
    },
    y: {
      type: "log",
      label: "bytes that the gradient needs at once",
      grid: true,
      domain: [3e4, 4e7],
      ticks: 3,
      tickFormat: text,
    },
    color: { domain: ways, range: [blue, orange] },
    marks: [
      Plot.line(measured, { x: "steps", y: "bytes", stroke: "way", strokeWidth: 1.8 }),
      Plot.dot(measured, { x: "steps", y: "bytes", fill: "way", r: 3.2 }),
      Plot.text(measured, { x: "steps", y: "bytes", text: (d: Measured) => text(d.bytes), dy: -11 }),
      ...ways.map((way, i) =>
        Plot.text([way], {
          frameAnchor: "top-left",
          text: (name: string) => `● ${name}`,
          textAnchor: "start",
          dx: 4 + 190 * i,
          dy: -36,
          fill: COLOURS[i] ?? "#222",
        }),
      ),
    ],
  });
}
