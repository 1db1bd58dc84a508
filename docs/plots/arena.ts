import * as Plot from "@observablehq/plot";
import {
  compile,
  grad,
  label,
  scan,
  square,
  sum,
  zeros,
  type BufferReport,
  type Tensor,
} from "@tapeloop/core";
import { lstm, type LstmParams, type LstmState } from "@tapeloop/nn";
import { lstmStep } from "../graphs/lstm.js";
import { chart } from "./chart.js";

/** L = Σ h² after six steps of two sequences. */
function loss(p: LstmParams, xs: Tensor): Tensor {
  const start = { h: zeros([2, 4]), c: zeros([2, 4]) };
  const [{ h }] = scan((s: LstmState, x: Tensor) => [lstmStep(p, s, x), null], start, xs);
  return sum(square(h));
}

/** A buffer as it is drawn: kernels to the right, bytes downwards. */
interface Box {
  readonly name: string;
  readonly kind: keyof typeof FILLS;
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** Kernels that run as often, one after another: a loop if that is more than once. */
interface Stretch {
  readonly from: number;
  to: number;
  readonly runs: number;
}

function stretches(runs: readonly number[]): Stretch[] {
  const found: Stretch[] = [];
  runs.forEach((count, i) => {
    const last = found.at(-1);
    if (last?.runs === count) last.to = i + 1;
    else found.push({ from: i, to: i + 1, runs: count });
  });
  return found;
}

const FILLS = {
  "made before the loop": "#d9c5e8",
  "kept for its reverse": "#9ecae9",
  "left by the reverse": "#f5c9a3",
  "packed weights": "#a9dfbf",
  "the rest": "#d5d8dc",
};

/** What a buffer holds, in words, and of which kind that is. */
function meaningOf({ name, first }: BufferReport, loops: readonly Stretch[]): [string, keyof typeof FILLS] {
  const [forwards, backwards] = loops;
  const before = first < (forwards?.from ?? 0);
  if (name.endsWith("packed")) return [name, "packed weights"];
  if (name === "product" && before) return ["x·w[4:7] + b", "made before the loop"];
  if (name === "stack" && first === backwards?.from) return ["dz of a gate", "left by the reverse"];
  if (name === "stack") return ["tanh c′", "kept for its reverse"];
  if (["c", "h", "f", "i", "c̃", "o"].includes(name)) return [name, "kept for its reverse"];
  return [name === "concat" ? "dw" : name, "the rest"];
}

/** Which buffer of an LSTM's gradient lies where in memory, while which kernels run. */
export function arena(): string {
  const gradient = compile((p: LstmParams, xs: Tensor) => grad(loss)(p, xs));
  const args = [lstm.init({ input: 3, hidden: 4 }, 1), label(zeros([6, 2, 3]), "x")] as const;
  const { kernels, memory } = gradient.explain(...args);
  const floor = Math.min(...memory.buffers.map(({ address }) => address));
  const loops = stretches(kernels.map(({ runs }) => runs)).filter(({ runs }) => runs > 1);
  const boxes = memory.buffers.map((buffer): Box => {
    const [name, kind] = meaningOf(buffer, loops);
    const low = buffer.address - floor;
    const to = Math.min(buffer.last + 1, kernels.length);
    return { name, kind, from: buffer.first, to, low, high: low + buffer.bytes };
  });
  const kinds = Object.keys(FILLS);
  return chart({
    height: 560,
    marginLeft: 56,
    marginTop: 54,
    marginBottom: 42,
    x: { label: "kernels of the program, in order", labelAnchor: "center", domain: [0, kernels.length] },
    y: { label: "address, in bytes", reverse: true, ticks: 8 },
    color: { domain: kinds, range: Object.values(FILLS) },
    marks: [
      Plot.rectX(loops, { x1: "from", x2: "to", fill: "#eee" }),
      Plot.text(loops, {
        x: ({ from, to }: Stretch) => (from + to) / 2,
        frameAnchor: "top",
        dy: -14,
        text: ({ runs }: Stretch) => `loop × ${runs}`,
      }),
      Plot.rect(boxes, {
        x1: "from",
        x2: "to",
        y1: "low",
        y2: "high",
        fill: "kind",
        stroke: "white",
        strokeWidth: 0.8,
      }),
      ...[9, 11].map((fontSize) =>
        Plot.text(
          boxes.filter(({ low, high, from, to }) => {
            return (high - low >= 100 ? 11 : 9) === fontSize && high - low >= 60 && to - from >= 4;
          }),
          { x: (d: Box) => (d.from + d.to) / 2, y: (d: Box) => (d.low + d.high) / 2, text: "name", fontSize },
        ),
      ),
      ...kinds.map((kind, i) =>
        Plot.text([kind], {
          frameAnchor: "top-left",
          text: (name: string) => `■ ${name}`,
          textAnchor: "start",
          dx: 2 + 150 * i,
          dy: -38,
          fill: ["#8e5fb5", "#3c8dc5", "#cf8237", "#3f9d68", "#777"][i] ?? "#222",
        }),
      ),
    ],
  });
}
