import {
  grad,
  mul,
  ones,
  record,
  scan,
  sum,
  tanh,
  withSources,
  type Tape,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { sourceLine } from "../../src/tape/source.js";

const here = new URL(import.meta.url).pathname;
/** The line that the caller stands in. */
const line = (): number =>
  Number(/source\.test\.ts:(\d+)/.exec((new Error().stack ?? "").split("\n")[2]!)?.[1]);
const linesOf = ({ nodes }: Tape) =>
  nodes.map(({ op, where }) => [op.name, where.source?.file, where.source?.line]);

describe("withSources", () => {
  it("tells each operation the line that applied it", () => {
    let first = 0;
    const f = (x: Tensor): Tensor => {
      first = line() + 1;
      const y = tanh(x);
      return y.mul(2);
    };
    expect(linesOf(withSources(() => record(f, ones([2]))).tape)).toEqual([
      ["tanh", here, first],
      ["mul", here, first + 1],
    ]);
  });

  it("gives the operations of a sweep the lines of those that they differentiate", () => {
    let first = 0;
    const f = (x: Tensor): Tensor => {
      first = line() + 1;
      const y = tanh(x);
      return sum(y);
    };
    const { nodes } = withSources(() => record(grad(f), ones([2]))).tape;
    const ofTanh = nodes.filter(({ where }) => where.source?.line === first);
    expect(new Set(ofTanh.map(({ where }) => where.derivative?.mode))).toEqual(new Set([undefined, "vjp"]));
  });

  it("reaches into the bodies of loops", () => {
    const step = (c: Tensor): [Tensor, null] => [mul(c, 2), null];
    const { nodes } = withSources(() =>
      record((x: Tensor) => scan(step, x, null, { length: 3 }), ones([2])),
    ).tape;
    const body = (nodes[0]!.attrs as { body: Tape }).body;
    expect(linesOf(body)).toEqual([["mul", here, expect.any(Number)]]);
  });

  it("asks for lines only while its function runs, also when that fails", () => {
    expect(() =>
      withSources(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(linesOf(record(tanh, ones([2])).tape)).toEqual([["tanh", undefined, undefined]]);
  });
});

describe("sourceLine", () => {
  const at = (stack: string) => sourceLine(stack, "/lib/core/");

  it("reads the stacks of V8", () => {
    expect(
      at("Error\n    at apply (file:///lib/core/dist/index.js:1:2)\n    at f (file:///a%20b/cell.ts:3:5)"),
    ).toEqual({
      file: "/a b/cell.ts",
      line: 3,
      column: 5,
    });
    expect(at("Error\n    at /home/cell.ts:3:5")?.file).toBe("/home/cell.ts");
    expect(at("Error: (a:1:2)\n    at async f (C:\\cells\\gru.ts:3:5)")?.file).toBe("C:\\cells\\gru.ts");
  });

  it("reads those of other engines", () => {
    expect(at("apply@file:///lib/core/dist/index.js:1:2\nf@https://example.org/cell.js:3:5")).toEqual({
      file: "https://example.org/cell.js",
      line: 3,
      column: 5,
    });
  });

  it("finds nothing where there is nothing but the library", () => {
    expect(
      at("Error\n    at apply (file:///lib/core/dist/index.js:1:2)\n    at node:internal/main:3:5"),
    ).toBeUndefined();
    expect(at("")).toBeUndefined();
  });
});
