import {
  foldIn,
  index,
  isFloat,
  label,
  normal,
  randomKey,
  record,
  square,
  sum,
  timeStep,
  treeLeaves,
  treeMap,
  valueAndGrad,
  zeros,
  type Shape,
  type Tape,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import { unroll, type Cell, type CellSizes, type StepResult } from "@tapeloop/nn";

/** What the tape of a cell is recorded for. */
export interface RecordSettings {
  readonly sizes: CellSizes;
  readonly batch: number;
  /**
   * Numbers of the data, and of the state where a step stands alone: zeros, of which the shapes are drawn, or standard
   * normal numbers, the same ones every time.
   */
  readonly data: "zeros" | "normal";
  /** What the recorded function returns: states and outputs, L = Σ y² of the last output, or L and its gradient. */
  readonly result: "all" | "loss" | "gradient";
}

/** One step: (params, state, x) → result. */
export function tapeOfStep(cell: Cell, settings: RecordSettings): Tape {
  const { sizes, batch, data } = settings;
  const step = (params: Tree, state: Tree, x: Tensor): readonly Tensor[] => {
    const { state: next, output } = cell.step(params, state, x);
    const all = named(next, [{ output, name: "output" }], "′");
    return settings.result === "all" ? all : [lossOf(output)];
  };
  const start = cell.state(sizes, batch);
  // A state of zeros hides what a step makes of it.
  const state =
    data === "zeros"
      ? start
      : treeMap(start, (t, path) => (isFloat(t.dtype) ? noise(t.shape, path, t.dtype) : t));
  const x = label(numbers(data, [batch, sizes.input], "x"), "x");
  return record(step, cell.init(sizes, 0), state, x).tape;
}

/**
 * A plain loop over time: (params, start, xs) → result. Each step has an input of its own, for `unstack` and `stack`
 * around the loop would hide what it does.
 */
export function tapeOfLoop(cell: Cell, settings: RecordSettings, length: number): Tape {
  const { sizes, batch, data, result } = settings;
  const loop = (params: Tree, start: Tree, xs: readonly Tensor[]) => {
    let state = start;
    const outputs = xs.map((x, t) => {
      const made: StepResult<Tree> = timeStep(t, () => cell.step(params, state, x));
      state = made.state;
      // Formulas of the gradient are written with names of one letter: dh₁ ⊙ (1 − h₁²).
      if (result !== "all") nameState(state, subscript(t));
      return { output: made.output, name: `output ${t}` };
    });
    const all = result === "all" ? named(state, outputs, ` ${length - 1}`) : [];
    return { last: outputs.at(-1)?.output ?? zeros([]), all };
  };
  const loss = (params: Tree, start: Tree, xs: readonly Tensor[]): Tensor =>
    lossOf(loop(params, start, xs).last);
  const xs = Array.from({ length }, (_, t) => label(numbers(data, [batch, sizes.input], `x ${t}`), `x ${t}`));
  const given = [cell.init(sizes, 0), cell.state(sizes, batch), xs] as const;
  if (result === "all") return record((...args: typeof given) => loop(...args).all, ...given).tape;
  return result === "loss" ? record(loss, ...given).tape : record(withGradient(loss), ...given).tape;
}

/** A loop over time as one scan: L = Σ y² of its last output as a function of (params, xs), and what to call it with. */
export function scanLoss(cell: Cell, settings: Omit<RecordSettings, "result">, length: number) {
  const { sizes, batch, data } = settings;
  const loss = (params: Tree, xs: Tensor): Tensor => {
    const start = cell.state(sizes, batch);
    const { outputs } = unroll(cell, params, xs, { state: start, sizes });
    return lossOf(index(outputs, length - 1));
  };
  const xs = label(numbers(data, [length, batch, sizes.input], "x"), "x");
  return { loss, args: [cell.init(sizes, 0), xs] as const };
}

/** The same, and the gradient of L: (params, xs) → L and gradient. */
export function tapeOfScan(cell: Cell, settings: RecordSettings, length: number): Tape {
  const { loss, args } = scanLoss(cell, settings, length);
  return record(valueAndGrad(loss), ...args).tape;
}

/** L = Σ y². */
function lossOf(y: Tensor): Tensor {
  return label(sum(square(y)), "L");
}

/** A loss and its gradient by the parameters, each with the name of its parameter. */
function withGradient<Rest extends readonly unknown[]>(loss: (params: Tree, ...rest: Rest) => Tensor) {
  const both = valueAndGrad(loss);
  return (params: Tree, ...rest: Rest): readonly [Tensor, Tree] => {
    const [value, gradient] = both(params, ...rest);
    for (const { path, tensor } of treeLeaves(gradient)) tensor.label ??= `dL/d${path || "params"}`;
    return [value, gradient];
  };
}

const SEED = 1;

function numbers(data: RecordSettings["data"], shape: Shape, name: string): Tensor {
  return data === "zeros" ? zeros(shape) : noise(shape, name);
}

/** Standard normal numbers that depend on the name, and on nothing else. */
function noise(shape: Shape, name: string, dtype: Tensor["dtype"] = "float32"): Tensor {
  const key = [...name].reduce((k, c) => foldIn(k, c.codePointAt(0) ?? 0), randomKey(SEED));
  return normal(key, shape, { dtype: dtype === "float64" ? dtype : "float32" });
}

function nameState(state: Tree, suffix: string): void {
  for (const { path, tensor } of treeLeaves(state)) tensor.label ??= `${path || "state"}${suffix}`;
}

function subscript(t: number): string {
  return [...String(t)].map((digit) => String.fromCodePoint(0x2080 + Number(digit))).join("");
}

/** State and outputs, each tensor once and with a name; an output that is a part of the state has both names. */
function named(
  state: Tree,
  outputs: readonly { readonly output: Tensor; readonly name: string }[],
  suffix: string,
): readonly Tensor[] {
  const names = new Map<Tensor, string>();
  for (const { path, tensor } of treeLeaves(state)) names.set(tensor, `${path || "state"}${suffix}`);
  for (const { output, name } of outputs) {
    const known = names.get(output);
    names.set(output, known === undefined ? name : `${known}, ${name}`);
  }
  for (const [tensor, name] of names) tensor.label ??= name;
  return [...names.keys()];
}
