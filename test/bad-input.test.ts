import * as check from "@tapeloop/check";
import * as core from "@tapeloop/core";
import * as dot from "@tapeloop/dot";
import * as nn from "@tapeloop/nn";
import { expect, test } from "vitest";

/*
 * Every exported function, called with all pairs and many triples of the arguments below, as plain JavaScript may. What
 * it throws, it throws on purpose: a TapeloopError. A new export takes part by itself.
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

/** Their first argument is the name of the caller, in which they speak: it is put into messages unseen. */
const named = new Set(["broadcastShapes", "commonDtype", "floatDtype"]);

/** Checks of which every argument but one is a part of the message. */
const exceptions = new Set([
  "checkFunction",
  "checkList",
  "checkMethods",
  "checkNumber",
  "checkObject",
  "checkString",
  "checkTensor",
  "optionsOf",
]);

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
  for (const list of argumentLists()) {
    const values = list.map(([, value]) => value);
    const args = named.has(name) ? ["caller", ...values] : values;
    const text = `${name}(${list.map(([shown]) => shown).join(", ")})`;
    const { result, stray } = await outcome(fn, args);
    if (stray !== undefined) found.push(`${text}: ${stray}`);
    if (typeof result !== "function" || args.includes(result)) continue;
    for (const [shown, value] of bad) {
      const inner = await outcome(result, [value]);
      if (inner.stray !== undefined) found.push(`${text}(${shown}): ${inner.stray}`);
    }
  }
  return found;
}

/** All pairs, and all triples that go wrong in the third place only. */
function* argumentLists(): Generator<(typeof good)[number][]> {
  for (const first of [...good, ...bad]) for (const second of [...good, ...bad]) yield [first, second];
  for (const first of good) for (const second of good) for (const third of bad) yield [first, second, third];
}

/** What a call returns, or the error that it throws if that is not one of ours. */
async function outcome(
  fn: unknown,
  args: readonly unknown[],
): Promise<{ readonly result?: unknown; readonly stray?: string }> {
  if (typeof fn !== "function") throw new Error("expected a function to call");
  try {
    return { result: await Reflect.apply(fn, undefined, args) };
  } catch (error) {
    return error instanceof TapeloopError ? {} : { stray: String(error) };
  }
}
