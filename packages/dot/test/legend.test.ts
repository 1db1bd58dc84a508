import { add, label, matmul, ones, record, tanh, valueAndGrad, sum, type Tensor } from "@tapeloop/core";
import { toDot, type DotOptions } from "@tapeloop/dot";
import { describe, expect, it } from "vitest";
import { programs } from "./programs.js";
import { readDot } from "./read-dot.js";

const layer = ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor): Tensor =>
  label(tanh(add(matmul(x, w), b)), "y");
const args = [{ w: ones([3, 4]), b: ones([4]) }, label(ones([2, 3]), "x")] as const;
const texts = (dot: string): (string | undefined)[] => readDot(dot).legend.map(({ lines }) => lines[0]);

describe("the legend", () => {
  it("names each kind of node that occurs, and no other", () => {
    expect(texts(toDot(record(layer, ...args).tape))).toEqual([
      "parameter",
      "input",
      "matrix product",
      "nonlinear",
      "other operation",
    ]);
    const loss = valueAndGrad((p: (typeof args)[0], x: Tensor) => sum(layer(p, x)));
    expect(texts(toDot(record(loss, ...args).tape))).toContain("of the gradient");
    expect(texts(toDot(record((x: Tensor) => tanh(x), ones([2])).tape))).toEqual(["input", "nonlinear"]);
  });

  it("shows a sample of each in the colours of the drawing, in both themes", () => {
    for (const theme of ["light", "dark"] as const) {
      const dot = toDot(record(layer, ...args).tape, { theme });
      const colours = (first: string): (string | undefined)[] =>
        [...dot.matchAll(new RegExp(`label="${first}[\\\\"].*?(fillcolor="[^"]*", color="[^"]*")`, "g"))].map(
          ([, pair]) => pair,
        );
      for (const [sample, node] of [
        ["parameter", "w"],
        ["matrix product", "matmul"],
        ["nonlinear", "tanh"],
      ] as const) {
        expect([sample, colours(sample)]).toEqual([sample, colours(node)]);
        expect(colours(sample)).toHaveLength(1);
      }
    }
  });

  it("can be left out", () => {
    for (const make of Object.values(programs)) {
      expect(toDot(make(), { legend: false })).not.toContain("legend");
    }
  });

  it("is of a drawing whose options are known", () => {
    const { tape } = record(layer, ...args);
    const draw = (options: object) => (): unknown => Reflect.apply(toDot, undefined, [tape, options]);
    const wrong: Record<keyof Pick<DotOptions, "legend" | "shapes" | "rankdir" | "theme">, string> = {
      legend: 'toDot: got legend "no", expected true or false',
      shapes: 'toDot: got shapes "no", expected true, false or "edges"',
      rankdir: 'toDot: got rankdir "no", expected "LR" or "TB"',
      theme: 'toDot: got theme "no", expected "light" or "dark"',
    };
    for (const [name, message] of Object.entries(wrong)) expect(draw({ [name]: "no" })).toThrow(message);
  });
});
