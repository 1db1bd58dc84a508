import { ArgumentError, grad, ones, record, scope, sum, tanh, type Tensor } from "@tapeloop/core";
import { toDot, toGraph, toJson, toMermaid } from "@tapeloop/dot";
import { toHtml } from "@tapeloop/dot/html";
import { describe, expect, it } from "vitest";
import { readDot } from "./read-dot.js";

const { tape } = record((x: Tensor) => tanh(x), ones([2]));
const drawings = { toDot, toGraph, toJson, toMermaid, toHtml };

describe.each(Object.entries(drawings))("%s", (name, draw) => {
  const drawn =
    (...args: readonly unknown[]) =>
    (): unknown =>
      Reflect.apply(draw, undefined, args);

  it.each<[unknown, string]>([
    [null, "got null as the options"],
    [3, "got 3 as the options, expected an object"],
    [{ title: 5 }, "got title 5, expected a string"],
    [{ params: "w" }, 'got params "w", expected the index of an argument'],
    [{ params: [0, -1] }, "got params -1, expected the index of an argument"],
    [{ params: 1.5 }, "got params 1.5, expected the index of an argument"],
  ])("refuses %j", (options, message) => {
    expect(drawn(tape, options)).toThrow(ArgumentError);
    expect(drawn(tape, options)).toThrow(`${name}: ${message}`);
  });

  it("refuses what is no tape, and says what it got", () => {
    expect(drawn(null)).toThrow(`${name}: got null, expected a tape`);
    expect(drawn([tape])).toThrow(`${name}: got an array of 1, expected a tape`);
  });

  it("draws scopes of any depth", () => {
    const deep = scope(Array.from({ length: 5000 }, (_, i) => `s${i}`).join("/"), () =>
      record((x: Tensor) => tanh(x), ones([2])),
    );
    const nested = record(
      (x: Tensor) => scope(Array.from({ length: 5000 }, () => "s").join("/"), () => tanh(x)),
      ones([2]),
    );
    expect(drawn(deep.tape)).not.toThrow();
    expect(drawn(nested.tape)).not.toThrow();
    expect(
      drawn(
        record(
          grad((x: Tensor) => sum(tanh(x))),
          ones([2]),
        ).tape,
      ),
    ).not.toThrow();
  });
});

describe("options of one way of drawing", () => {
  it.each<[string, (...args: never) => unknown, unknown, string]>([
    [
      "toDot",
      toDot,
      { overlay: 3 },
      "toDot: got 3 as the overlay, expected what normOverlay or another one returns",
    ],
    ["toDot", toDot, { overlay: {} }, "toDot: got markOf undefined, expected a function"],
    ["toDot", toDot, { overlay: { markOf: () => undefined } }, "toDot: got the overlay's legend undefined"],
    ["toHtml", toHtml, { values: "no" }, 'toHtml: got values "no", expected true or false'],
    ["toHtml", toHtml, { gradients: [1] }, "toHtml: got gradients an array of 1, expected a Map"],
    [
      "toMermaid",
      toMermaid,
      { shapes: "yes" },
      'toMermaid: got shapes "yes", expected true, false or "edges"',
    ],
    ["toHtml", toHtml, { editor: "vim" }, 'toHtml: got editor "vim", expected "vscode"'],
  ])("%s refuses what it cannot use", (_name, draw, options, message) => {
    const drawn = (): unknown => Reflect.apply(draw, undefined, [tape, options]);
    expect(drawn).toThrow(ArgumentError);
    expect(drawn).toThrow(message);
  });
});

it("fifty scopes within each other are clusters; those below are one", () => {
  const path = (depth: number): readonly string[] => {
    const names = Array.from({ length: depth }, (_, i) => `s${i}`);
    const { tape: nested } = record((x: Tensor) => scope(names.join("/"), () => tanh(x)), ones([2]));
    return readDot(toDot(nested)).node("tanh").path;
  };
  expect(path(50)).toHaveLength(50);
  expect(path(53)).toHaveLength(50);
  expect(path(53).slice(-2)).toEqual(["s48", "s49/s50/s51/s52"]);
});
