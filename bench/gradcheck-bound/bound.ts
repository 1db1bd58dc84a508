import { cast, mul, square, sum, treeLeaves, treeMap, treeTensors, type Tensor } from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { gru, lstm, rnn, unroll, type Cell } from "@tapeloop/nn";
import { ddGradient } from "../../packages/check/src/dd/index.js";
import { seeded } from "../../test/verify/seeded.js";

/** One parameter of one model: its numeric derivative beside the true one. */
export interface Measured {
  readonly cell: string;
  readonly seed: number;
  readonly path: string;
  readonly index: readonly number[];
  readonly steps: number;
  /** |numeric − true|, relative to the largest entry of the gradient. */
  readonly error: number;
  /** The claimed bound, relative to the same. */
  readonly bound: number;
  readonly holds: boolean;
  readonly evaluations: number;
}

const cells: readonly (readonly [string, Cell])[] = [
  ["rnn", rnn],
  ["lstm", lstm],
  ["gru", gru],
];
const lengths = [1, 2, 5, 10, 20, 50, 100];
const ENTRIES = 12;
const sizes = { input: 2, hidden: 4 };

/** Measures about `count` parameters, evenly over cells and lengths, of random models with random data. */
export function measureBounds(count: number, log: (line: string) => void = () => undefined): Measured[] {
  const found: Measured[] = [];
  for (let seed = 0; found.length < count; seed++) {
    for (const [name, cell] of cells) {
      for (const steps of lengths) found.push(...measureModel(name, cell, steps, seed));
    }
    log(`${found.length} of ${count} parameters`);
  }
  return found;
}

function measureModel(name: string, cell: Cell, steps: number, seed: number): Measured[] {
  const draw = seeded(1000 * seed + steps + name.length);
  const params = treeMap(cell.init(sizes, seed), (t) => cast(t, "float64"));
  const shifted = treeMap(params, (t) => draw(t.shape, 0.6));
  const xs = draw([steps, 1, sizes.input], 1);
  const weights = draw([steps, 1, sizes.hidden], 1);
  const loss = (p: typeof params): Tensor => {
    const { outputs } = unroll(cell, p, xs);
    return sum(mul(square(outputs), weights));
  };
  const truth = new Map<string, number>();
  const gradient = ddGradient(loss, [shifted], Float64Array.of(1));
  treeLeaves([shifted], "inputs").forEach(({ path }, i) => {
    gradient[i]?.hi.forEach((v, k) => truth.set(`${path}/${k}`, v));
  });
  const largest = Math.max(...[...truth.values()].map(Math.abs));
  const report = gradcheck(loss, [shifted], { mode: "reverse", seed, maxEntries: ENTRIES });
  const entries = report.all.filter(({ isDirection }) => !isDirection);
  const shapes = new Map(treeLeaves([shifted], "inputs").map(({ path, tensor }) => [path, tensor.shape]));
  if (treeTensors(params).length !== gradient.length) throw new Error("a parameter has no gradient");
  return entries.map(({ path, index, numeric, bound }) => {
    const position = index.reduce((at, i, axis) => at * (shapes.get(path)?.[axis] ?? 1) + i, 0);
    const error = Math.abs(numeric - (truth.get(`${path}/${position}`) ?? NaN));
    return {
      cell: name,
      seed,
      path,
      index,
      steps,
      error: error / largest,
      bound: bound / largest,
      holds: error <= bound,
      evaluations: report.evaluations / (entries.length + 3),
    };
  });
}

/** The figures as text, by cell and by length. */
export function table(all: readonly Measured[]): string {
  const missed = all.filter(({ holds }) => !holds);
  const lines = missed.map(
    ({ cell, steps, seed, path, index, error, bound }) =>
      `missed: ${cell}, ${steps} steps, seed ${seed}, ${path} [${index.join(", ")}]: error ${error.toExponential(2)}, bound ${bound.toExponential(2)}`,
  );
  lines.push("cell  steps  entries  bound holds  median error  worst error  median bound  evaluations");
  const row = (cell: string, steps: string, part: readonly Measured[]): void => {
    const held = part.filter(({ holds }) => holds).length;
    const errors = part.map(({ error }) => error).sort((a, b) => a - b);
    const bounds = part.map(({ bound }) => bound).sort((a, b) => a - b);
    const figures = [
      cell.padEnd(4),
      steps.padStart(6),
      String(part.length).padStart(8),
      `${((100 * held) / part.length).toFixed(2)} %`.padStart(12),
      median(errors).padStart(13),
      (errors.at(-1) ?? NaN).toExponential(1).padStart(12),
      median(bounds).padStart(13),
      (part.reduce((n, m) => n + m.evaluations, 0) / part.length).toFixed(1).padStart(12),
    ];
    lines.push(figures.join(" "));
  };
  for (const [cell] of cells) {
    for (const steps of lengths) {
      const part = all.filter((m) => m.cell === cell && m.steps === steps);
      if (part.length > 0) row(cell, String(steps), part);
    }
  }
  row(
    "all",
    "100",
    all.filter(({ steps }) => steps === 100),
  );
  row("all", "", all);
  return lines.join("\n");
}

function median(sorted: readonly number[]): string {
  return (sorted[sorted.length >> 1] ?? NaN).toExponential(1);
}
