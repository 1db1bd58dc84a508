import * as check from "@tapeloop/check";
import * as core from "@tapeloop/core";
import * as dot from "@tapeloop/dot";
import * as nn from "@tapeloop/nn";
import { expect, test } from "vitest";

/*
 * Every exported function, called with all pairs of arguments below, in plain JavaScript's manner. What it throws, it
 * throws on purpose: a TapeloopError. A new export takes part by itself.
 */

const { TapeloopError, record, sum, tensor } = core;

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const { tape } = record((t: core.Tensor) => sum(t), x);

/** What some function takes. */
const good: readonly (readonly [name: string, value: unknown])[] = [
  ["x", x],
  ["int32", tensor([0, 1], { dtype: "int32" })],
  ["fn", (...args: readonly unknown[]): unknown => args[0]],
  ["[2, 3]", [2, 3]],
  ["2", 2],
  ['"float32"', "float32"],
  ["[x]", [x]],
  ["{ x }", { x }],
  ["tape", tape],
  ["rng", core.createRng(0)],
  ["lstm", nn.lstm],
  ["map", new Map()],
  ["options", { learningRate: 0.1, batchSize: 1, size: 1, length: 1, sizes: { input: 3, hidden: 2 } }],
];

/** What none takes, or few. */
const bad: readonly (readonly [name: string, value: unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ['"abc"', "abc"],
  ["{}", {}],
  ["[]", []],
  ["[undefined]", [undefined]],
  ["symbol", Symbol("abc")],
  ["[symbol]", [Symbol("abc")]],
  ["3n", 3n],
  ["NaN", NaN],
  ["-1.5", -1.5],
  ["bare", Object.create(null)],
];

/** Functions that pass on what a caller's own function or object does, and functions that only tell. */
const exceptions = new Map<string, string>([]);

const packages = { core, nn, check, dot };

for (const [home, exported] of Object.entries(packages)) {
  const functions = Object.entries(exported).filter(
    ([name, value]) => typeof value === "function" && /^[a-z]/.test(name) && !exceptions.has(name),
  );
  test.each(functions)(`${home}: %s refuses bad input in the library's voice`, async (name, fn) => {
    expect(await strayErrors(name, fn)).toEqual([]);
  });
}

async function strayErrors(name: string, fn: unknown): Promise<string[]> {
  const found: string[] = [];
  const all = [...good, ...bad];
  for (const [first, a] of all) {
    for (const [second, b] of all) {
      const error = await thrown(fn, [a, b]);
      if (error !== undefined) found.push(`${name}(${first}, ${second}): ${error}`);
    }
  }
  return found;
}

/** The error that is not ours, of the call or of the function that it returns. */
async function thrown(fn: unknown, args: readonly unknown[]): Promise<string | undefined> {
  try {
    const result = await call(fn, args);
    if (typeof result !== "function" || args.includes(result)) return undefined;
    for (const [, value] of bad) await call(result, [value]);
  } catch (error) {
    if (!(error instanceof TapeloopError)) return String(error);
  }
  return undefined;
}

function call(fn: unknown, args: readonly unknown[]): unknown {
  if (typeof fn !== "function") throw new TypeError("no function");
  return Reflect.apply(fn, undefined, args);
}
