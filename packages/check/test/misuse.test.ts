import "@tapeloop/check/vitest";
import * as check from "@tapeloop/check";
import { ArgumentError, cast, DtypeError, tanh, tensor, zeros, type Tensor } from "@tapeloop/core";
import { describe, expect, test } from "vitest";

type Call = (...args: unknown[]) => unknown;

const x = tensor([0.5, -1.5], { dtype: "float64" });
const fn = (t: Tensor): Tensor => tanh(t).sum();

/** A call that no compiler looks at. */
function untyped(of: object, name: string): Call {
  const target: unknown = Reflect.get(of, name);
  return (...args): unknown => {
    if (typeof target !== "function") throw new Error(`there is no ${name}`);
    return Reflect.apply(target, of, args);
  };
}

/** What is thrown; a test that expects an error fails where there is none. */
function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

interface Check {
  /** The name by which it speaks. */
  readonly name: string;
  readonly call: (fn: unknown, inputs: unknown, options?: unknown) => unknown;
  /** Options without which it does nothing. */
  readonly needs?: object;
}

const matcher =
  (name: string) =>
  (f: unknown, ...rest: unknown[]): unknown =>
    untyped(expect(f), name)(...rest);

/** Checks of a function at inputs. */
const checks: readonly (Check & { readonly as?: string })[] = [
  ...["gradcheck", "gradgradcheck", "taylorTest", "adjointTest"].map((name) => ({
    name,
    call: untyped(check, name),
  })),
  { name: "gradcheck", as: "assertGradcheck", call: untyped(check, "assertGradcheck") },
  ...["compareGradients", "assertCompareGradients"].map((as) => ({
    name: "compareGradients",
    as,
    call: (f: unknown, ...rest: unknown[]) => untyped(check, as)(() => [[1, 1]], f, ...rest),
  })),
  { name: "batchIndependence", call: untyped(check, "batchIndependence"), needs: { axis: 0 } },
  ...(
    [
      ["toPassGradcheck", "gradcheck"],
      ["toPassGradgradcheck", "gradgradcheck"],
      ["toPassAdjointTest", "adjointTest"],
      ["toPassTaylorTest", "taylorTest"],
    ] as const
  ).map(([as, name]) => ({ name, as, call: matcher(as) })),
  {
    name: "compareGradients",
    as: "toMatchGradientOf",
    call: (f: unknown, ...rest: unknown[]) => matcher("toMatchGradientOf")(() => [[1, 1]], f, ...rest),
  },
];

const expected = "expected tensors in arrays and plain objects";

/** A mistake, and what is said about it. */
const mistakes: readonly (readonly [what: string, args: (needs: object) => unknown[], says: string])[] = [
  ["no function", (needs) => [null, [x], needs], "got null, expected the function to check"],
  ["an async function", (needs) => [async () => Promise.resolve(x), [x], needs], "returned a promise"],
  ["a function without return", (needs) => [() => undefined, [x], needs], "function returned undefined"],
  ["a result of null", (needs) => [() => null, [x], needs], "the function returned null"],
  ["a number as the result", (needs) => [() => 3, [x], needs], `got number at result, ${expected}`],
  ["a number in the result", (needs) => [() => ({ y: [3] }), [x], needs], "got number at result.y[0]"],
  ["a float32 result", (needs) => [(t: Tensor) => cast(t, "float32"), [x], needs], "result is float32"],
  [
    "no inputs",
    (needs) => [fn, undefined, needs],
    "got undefined as the inputs, expected the array of arguments",
  ],
  ["a bare tensor as inputs", (needs) => [fn, x, needs], "got a tensor as the inputs"],
  ["plain numbers as an input", (needs) => [fn, [[1, 2]], needs], `got number at inputs[0][0], ${expected}`],
  ["a typed array", (needs) => [fn, [new Float64Array(2)], needs], "got a Float64Array at inputs[0]"],
  ["a promise of an input", (needs) => [fn, [Promise.resolve(x)], needs], "got a promise at inputs[0]"],
  ["float32 inputs", (needs) => [fn, [tensor([1, 2])], needs], "inputs[0] is float32, expected float64"],
  ["null as the options", () => [fn, [x], null], "got null as the options, expected an object of"],
  ["a number as the options", () => [fn, [x], 1e-6], "got number as the options"],
  ["a list as the options", () => [fn, [x], [1e-6]], "got an array of 1 as the options"],
  [
    "a misspelt seed",
    (needs) => [fn, [x], { ...needs, sed: 1 }],
    "unknown option 'sed'; did you mean 'seed'?",
  ],
  ["a capital letter", (needs) => [fn, [x], { ...needs, Promote: true }], "did you mean 'promote'?"],
  [
    "an option of nobody",
    (needs) => [fn, [x], { ...needs, verbose: 1 }],
    "unknown option 'verbose'; expected one of",
  ],
  ["half a seed", (needs) => [fn, [x], { ...needs, seed: 0.5 }], "got seed 0.5, expected a whole number"],
  [
    "a word to promote",
    (needs) => [fn, [x], { ...needs, promote: "yes" }],
    'got promote "yes", expected true or',
  ],
];

describe.each(checks.map((one) => [one.as ?? one.name, one] as const))("%s refuses", (as, one) => {
  test.each(mistakes)("%s", (_what, args, says) => {
    const error = thrown(() => one.call(...spread(args(one.needs ?? {}))));
    // Matchers are asked for the function themselves.
    const isMatcher = says.includes("expected the function") && as.startsWith("to");
    if (!isMatcher) expect(error.message).toContain(`${one.name}: `);
    expect(error.message).toContain(isMatcher ? "got null, expected the function" : says);
    expect(error).toBeInstanceOf(says.includes("float32") ? DtypeError : ArgumentError);
  });
});

function spread([f, inputs, options]: unknown[]): [unknown, unknown, unknown] {
  return [f, inputs, options];
}

test.each([
  ["gradcheck", { precison: "dd" }, "did you mean 'precision'?"],
  ["gradcheck", { precision: "double" }, 'got precision "double", expected "float64" or "dd"'],
  ["gradcheck", { mode: "backward" }, 'got mode "backward", expected "reverse", "forward" or "both"'],
  ["gradcheck", { order: 3 }, "got order 3, expected 1 or 2"],
  ["gradcheck", { rtol: "1e-6" }, 'got rtol "1e-6", expected a number from 0 up to 1'],
  ["gradcheck", { maxEntries: "4" }, 'got maxEntries "4", expected a whole number of 1 or more'],
  ["gradcheck", { domain: 3 }, "got domain 3, expected [low, high]"],
  ["gradcheck", { domain: { "inputs[0]": 3 } }, "got domain 3 of inputs[0], expected [low, high]"],
  ["gradcheck", { domain: { "inputs[1]": [0, 1] } }, "got a domain for inputs[1]"],
  ["gradcheck", { kernels: { mine: 3 } }, "got kernels.mine 3, expected a function"],
  ["gradcheck", { onProgress: 3 }, "got onProgress 3, expected a function"],
  ["gradgradcheck", { order: 2 }, "unknown option 'order'; expected one of"],
  ["gradgradcheck", { mode: "back" }, 'got mode "back"'],
  ["gradgradcheck", { domain: [0, 1] }, "inputs[0] holds -1.5, outside of its domain [0, 1]"],
  ["taylorTest", { mode: "both" }, 'got mode "both", expected "reverse" or "forward"'],
  ["taylorTest", { steps: [3] }, "got steps an array of 1, expected a whole number"],
  ["adjointTest", { mode: "reverse" }, "unknown option 'mode'"],
  ["adjointTest", { rtol: 2 }, "got rtol 2, expected a number from 0 up to 1"],
])("%s refuses %j in its own name", (name, options, says) => {
  const error = thrown(() => untyped(check, name)(fn, [x], options));
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(`${name}: ${says}`.replace(": did", ": unknown option 'precison'; did"));
});

test("an option that is undefined is one that was not given", () => {
  const call = untyped(check, "adjointTest");
  expect(call(fn, [x], { rtol: undefined, probes: undefined, seed: undefined })).toMatchObject({
    rtol: 1e-12,
  });
});

const compare = untyped(check, "compareGradients");
test.each([
  [() => compare(null, fn, [x]), "got null, expected the hand-derived gradient"],
  [() => compare(async () => Promise.resolve([x]), fn, [x]), "the hand formula gave a promise"],
  [() => compare(() => [x], fn, [x], { timeAxis: 0 }), "got timeAxis 0, expected axes by path"],
  [
    () => compare(() => [x], fn, [x], { timeAxis: { "inputs[3]": 0 } }),
    "got a timeAxis for inputs[3], expected one of",
  ],
  [
    () => compare(() => [x], fn, [x], { timeAxis: { "inputs[0]": 1 } }),
    "got timeAxis 1 for inputs[0], expected a",
  ],
])("compareGradients refuses a bad formula or axis of time: %#", (run, says) => {
  const error = thrown(run);
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(`compareGradients: ${says}`);
});

const sizes = { input: 1, hidden: 2 };
const cell = {
  name: "mine",
  params: () => ({ w: zeros([1, 2]) }),
  state: (_sizes: object, batch: number) => ({ h: zeros([batch, 2]) }),
  step: ({ w }: { w: Tensor }, { h }: { h: Tensor }, data: Tensor) => {
    const next = tanh(data.matmul(w).add(h));
    return { state: { h: next }, output: next };
  },
};
const quick = { sizes, steps: [2] };

/** Checks of a cell. */
const cellChecks = [
  ["checkCell", "checkCell", untyped(check, "checkCell")],
  ["assertCheckCell", "checkCell", untyped(check, "assertCheckCell")],
  ["toPassCheckCell", "checkCell", matcher("toPassCheckCell")],
  [
    "assertDetects",
    "assertDetects",
    (...args: unknown[]) => untyped(check, "assertDetects")(() => true, ...args),
  ],
  ["mutants", "mutants", (...args: unknown[]) => untyped(check, "mutants")(args[0], onceEach(args[1]))],
] as const;

/** `mutants` wants one number of steps. */
function onceEach(options: unknown): unknown {
  return options === quick ? { sizes, steps: 2 } : options;
}

const cellMistakes: readonly (readonly [what: string, cell: unknown, options: unknown, says: string])[] = [
  ["null", null, quick, "got null, expected a cell"],
  ["a function", () => cell, quick, "got a function, expected a cell"],
  ["an object without step", { name: "a", state: cell.state }, quick, "expected a cell"],
  ["a name that is none", { ...cell, name: 3 }, quick, "whose name is number, expected a string"],
  ["a step that is no function", { ...cell, step: 3 }, quick, "step of mine is number, expected a function"],
  ["a state that is no function", { ...cell, state: {} }, quick, "state of mine is {}, expected a function"],
  [
    "params that are no function",
    { ...cell, params: [] },
    quick,
    "params of mine is an array of 0, expected",
  ],
  ["neither init nor params", { ...cell, params: undefined }, quick, "mine has neither init nor params"],
  [
    "a step without return",
    { ...cell, step: () => undefined },
    quick,
    "step of mine returned undefined, expected { state, output }",
  ],
  [
    "a pair",
    { ...cell, step: (_p: unknown, s: unknown, t: unknown) => [s, t] },
    quick,
    "step of mine returned an array of 2",
  ],
  [
    "an async step",
    { ...cell, step: async () => Promise.resolve({}) },
    quick,
    "step of mine returned a promise, expected { state, output } with a tensor as the output; a step must not be async",
  ],
  [
    "no output",
    { ...cell, step: (_p: unknown, state: unknown) => ({ state }) },
    quick,
    "step of mine returned { state }, expected { state, output }",
  ],
  [
    "an output of null",
    { ...cell, step: (_p: unknown, state: unknown) => ({ state, output: null }) },
    quick,
    "returned null as the output",
  ],
  [
    "a number in the next state",
    { ...cell, step: (_p: unknown, _s: unknown, t: Tensor) => ({ state: { h: 3 }, output: t }) },
    quick,
    "got number at state.h",
  ],
  [
    "a number in the state",
    { ...cell, state: () => ({ h: 0 }) },
    quick,
    "state of mine: got number at state.h",
  ],
  [
    "async params",
    { ...cell, params: async () => Promise.resolve({}) },
    quick,
    "params of mine: got a promise at params",
  ],
  ["no options", cell, undefined, "got undefined as the options, expected an object of sizes"],
  ["null as the options", cell, null, "got null as the options"],
  ["no sizes", cell, {}, "got sizes undefined, expected those of the cell, with input ≥ 1"],
  ["sizes of null", cell, { sizes: null }, "got sizes null"],
  ["sizes without input", cell, { sizes: { hidden: 2 } }, 'got sizes {"hidden":2}, expected'],
  ["a misspelt option", cell, { ...quick, stpes: 3 }, "unknown option 'stpes'; did you mean 'steps'?"],
  ["words for steps", cell, { sizes, steps: "3" }, 'got steps "3", expected a'],
  ["half a seed", cell, { sizes, seed: 0.5 }, "got seed 0.5, expected a whole number"],
];

describe.each(cellChecks)("%s refuses", (as, name, call) => {
  test.each(cellMistakes)("%s", (_what, given, options, says) => {
    const error = thrown(() => call(given, options));
    expect(error).toBeInstanceOf(ArgumentError);
    // The matcher looks at its cell itself.
    const isMatcher = as.startsWith("to") && says.endsWith("expected a cell");
    expect(error.message).toContain(isMatcher ? "toPassCheckCell: got " : `${name}: `);
    expect(error.message).toContain(isMatcher ? "expected a cell" : says);
  });
});

const ofCell = untyped(check, "checkCell");
test.each([
  [{ steps: 3 }, "got steps 3, expected a list"],
  [{ steps: [] }, "got no steps, expected at least one"],
  [{ batches: 2 }, "got batches 2, expected a list"],
  [{ order: 0 }, "got order 0, expected 1 or 2"],
  [{ mode: "backward" }, 'got mode "backward", expected "reverse", "forward" or "both"'],
  [{ precision: "double" }, 'got precision "double", expected "float64" or "dd"'],
  [{ allowBatchMixing: 1 }, "got allowBatchMixing 1, expected true or false"],
  [{ onPart: "log" }, 'got onPart "log", expected a function'],
])("checkCell refuses %j", (options, says) => {
  const error = thrown(() => ofCell(cell, { sizes, ...options }));
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(`checkCell: ${says}`);
});

test("checkCell refuses parameters that are not finite", () => {
  const broken = { ...cell, params: () => ({ w: tensor([[NaN, 1]]) }) };
  expect(thrown(() => ofCell(broken, quick)).message).toBe(
    "checkCell: params of mine holds NaN at w, expected finite numbers",
  );
});

const detects = untyped(check, "assertDetects");
test.each([
  [() => detects(null, cell, quick), "got null, expected a gradient checker"],
  [
    () => detects(async () => Promise.resolve(true), cell, quick),
    "the checker returned a promise, expected a boolean",
  ],
  [() => detects(() => true, cell, { sizes, steps: [] }), "got no steps, expected at least one T"],
  [() => detects(() => true, cell, { sizes, steps: [0] }), "got steps 0, expected a whole number"],
  [() => detects(() => true, cell, { sizes, kinds: "sign" }), 'got kinds "sign", expected a list'],
  [
    () => detects(() => true, cell, { sizes, kinds: ["signs"] }),
    'got kind "signs", expected "scale", "sign"',
  ],
  [() => detects(() => true, cell, { sizes, at: 0 }), "got at 0, expected a list"],
  [
    () => detects(() => true, cell, { sizes, sweep: "forward" }),
    'got sweep "forward", expected "both" or "reverse"',
  ],
  [
    () => detects(() => true, cell, { sizes, outputs: "first" }),
    'got outputs "first", expected "last" or "all"',
  ],
  [
    () => detects(() => true, cell, { sizes, inputs: [x] }),
    "got inputs an array of 1, expected [params, state, xs",
  ],
])("assertDetects refuses what it cannot use: %#", (run, says) => {
  const error = thrown(run);
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(`assertDetects: ${says}`);
});
