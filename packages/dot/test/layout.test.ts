import { Graphviz } from "@hpcc-js/wasm-graphviz";
import {
  grad,
  label,
  record,
  scope,
  square,
  sum,
  timeStep,
  valueAndGrad,
  zeros,
  type Tape,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { toDot, type DotOptions } from "@tapeloop/dot";
import { gru, lstm, rnn, unroll, type Cell } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { drawInstalled, installedVersion } from "./installed-dot.js";
import { programs } from "./programs.js";

const graphviz = await Graphviz.load();
const sizes = { input: 3, hidden: 4 };

/** A cell over so many marked steps, and the gradient of L = Σ y² after the last. */
function stepwise<P extends Tree, S extends Tree>(cell: Cell<P, S>, steps: number): Tape {
  const loss = (params: P, xs: readonly Tensor[]): Tensor => {
    let state = cell.state(sizes, 2);
    let last = zeros([]);
    xs.forEach((x, t) => {
      const made = timeStep(t, () => cell.step(params, state, x));
      [state, last] = [made.state, made.output];
    });
    return label(sum(square(last)), "L");
  };
  const xs = Array.from({ length: steps }, (_, t) => label(zeros([2, 3]), `x ${t}`));
  return record(valueAndGrad(loss), cell.init(sizes, 1), xs).tape;
}

/** The same as one loop, and the gradient of a gradient. */
function twice<P extends Tree, S extends Tree>(cell: Cell<P, S>): Tape {
  const loss = (params: P, xs: Tensor): Tensor => sum(square(unroll(cell, params, xs).outputs));
  const slope = (params: P, xs: Tensor): Tensor =>
    sum(square(grad((inputs: Tensor) => loss(params, inputs))(xs)));
  return record(
    (params: P, xs: Tensor) => scope("twice", () => valueAndGrad(slope)(params, xs)),
    cell.init(sizes, 1),
    zeros([5, 2, 3]),
  ).tape;
}

const tapes: Readonly<Record<string, () => Tape>> = {
  ...programs,
  "an RNN's two steps with their gradient": () => stepwise(rnn, 2),
  "a GRU's two steps with their gradient": () => stepwise(gru, 2),
  "a GRU's five steps with their gradient": () => stepwise(gru, 5),
  "an LSTM's three steps with their gradient": () => stepwise(lstm, 3),
  "the second derivative of an RNN": () => twice(rnn),
};

const ways: readonly DotOptions[] = [
  {},
  { rankdir: "TB" },
  { unrolled: 2, legend: false },
  { backward: "beside" },
  { backward: "beside", rankdir: "TB" },
  { backward: "beside", rankdir: "TB", shapes: true },
];

describe.each(Object.entries(tapes))("the layout of %s", (_name, make) => {
  const tape = make();

  it.each(ways)("has no node on another: %j", (options) => {
    expect(overlaps(toDot(tape, options))).toEqual([]);
  });

  it.skipIf(installedVersion === undefined).each(ways)(
    `is made by Graphviz ${installedVersion ?? ""}: %j`,
    (options) => {
      expect(drawInstalled(toDot(tape, options))).toContain("</svg>");
    },
  );
});

interface Placed {
  readonly name: string;
  readonly pos?: string;
  readonly width?: string;
  readonly height?: string;
}

/** Pairs of nodes that cover each other in Graphviz 16's layout. */
function overlaps(dot: string): string[] {
  const { objects = [] } = JSON.parse(graphviz.dot(dot, "json")) as { objects?: readonly Placed[] };
  const boxes = objects.flatMap(({ name, pos, width, height }) => {
    if (pos === undefined) return [];
    const [x = 0, y = 0] = pos.split(",").map(Number);
    // Inches, where positions are in points; a point less, for those that touch.
    return [{ name, x, y, w: 36 * Number(width) - 1, h: 36 * Number(height) - 1 }];
  });
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => Math.abs(a.x - b.x) < a.w + b.w && Math.abs(a.y - b.y) < a.h + b.h)
      .map((b) => `${a.name} and ${b.name}`),
  );
}
