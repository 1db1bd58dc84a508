import { columns, errors, type Score } from "./measure.js";
import peers from "./peers.json" with { type: "json" };

/**
 * The table for the given numbers of time steps, or all, as Markdown: our columns beside those of peers.json.
 * Throws Error when the models here are not those of peers.py.
 */
export function table(lengths: readonly number[], progress: (text: string) => void): string {
  const { torch, jax } = peers.versions;
  const heads = ["T", "error", `PyTorch ${torch}`, `JAX ${jax}`, ...columns.map(({ name }) => name)];
  const rows = peers.rows
    .filter(({ steps }) => lengths.length === 0 || lengths.includes(steps))
    .map((row) => {
      const sizes = errors(row.steps);
      checkSameModels(row.steps, sizes, row.errors);
      const range = [Math.min(...sizes), Math.max(...sizes)].map((size) => size.toExponential(1)).join(" … ");
      const scores = [row.torch, row.jax, ...columns.map((column) => column.score(row.steps))];
      progress(`T = ${row.steps}: ${scores.map(cell).join("; ")}`);
      return [String(row.steps), range, ...scores.map(cell)];
    });
  const lines = [heads, ...rows];
  const widths = heads.map((_, i) => Math.max(3, ...lines.map((line) => line[i]?.length ?? 0)));
  const text = (line: readonly string[]): string =>
    `| ${line.map((entry, i) => entry.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [text(heads), text(widths.map((n) => "-".repeat(n))), ...rows.map(text)].join("\n");
}

/** What the table shows. */
export function caption(): string {
  const { hidden, input, batch } = peers.sizes;
  return [
    "# Cut back-propagation through time, seen by gradient checkers",
    "",
    `${peers.models} LSTMs (hidden ${hidden}, input ${input}, batch ${batch}; linear output, squared error, many-to-one, float64)`,
    "whose gradient is cut after the first of T time steps: right values, wrong gradient. How many does each checker",
    "not pass? The error is that of the gradient, relative to its largest entry, from the smallest to the largest of",
    "the models. PyTorch's `gradcheck` and JAX's `check_grads` run at their defaults, ours as the column says. Each",
    "checker passes the models as they are, except where false alarms are counted.",
    "",
    "Parameters are uniform on ±1/√hidden, data and targets uniform on ±√3, from a generator that `model.ts` and",
    "`peers.py` share; the errors are compared, so both measure the same models.",
    "",
    "Made by `python bench/truncated-bptt/peers.py` (needs `pip install torch jax`), which writes `peers.json`, and",
    "`node bench/truncated-bptt/table.mjs`, which writes this file.",
  ].join("\n");
}

function cell({ caught, falseAlarms }: Score): string {
  return `${caught} of ${peers.models}${falseAlarms === 0 ? "" : `, ${falseAlarms} false alarms`}`;
}

/** The errors of the mutants' gradients agree in both languages only for the same models. */
function checkSameModels(steps: number, sizes: readonly number[], measured: readonly number[]): void {
  sizes.forEach((size, i) => {
    const there = measured[i] ?? NaN;
    if (Math.abs(size - there) <= 1e-5 * size + 1e-14) return;
    throw new Error(`T = ${steps}, model ${i}: error ${size}, expected ${there} as in peers.json`);
  });
}
