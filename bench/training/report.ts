import { BASE, type Entrant } from "./contenders.js";
import { floorTable } from "./floor.js";
import type { Figures, Result } from "./measure.js";
import type { Workload } from "./workloads.js";

/** A table of results: a row per contender, a column per workload. */
interface Table {
  readonly title: string;
  readonly figure: keyof Figures;
  readonly text: (value: number) => string;
  /** How many times the compiled program's, beside the number. */
  readonly ratios: boolean;
}

const tables: readonly Table[] = [
  { title: "A training step, in milliseconds", figure: "step", text: digits, ratios: true },
  { title: "The loss alone, in milliseconds", figure: "forward", text: digits, ratios: true },
  { title: "The first training step, in milliseconds", figure: "firstStep", text: digits, ratios: false },
  { title: "The first loss alone, in milliseconds", figure: "firstForward", text: digits, ratios: false },
  { title: "Peak memory of the process, in megabytes", figure: "memory", text: megabytes, ratios: false },
];

/** The tables and why entries are missing, as Markdown; `level` is that of the headings. */
export function report(results: readonly Result[], level: string): string {
  const shown = tables.filter(({ figure }) =>
    results.some((result) => valueOf(result, figure) !== undefined),
  );
  return [
    ...shown.map((table) => `${level} ${table.title}\n\n${render(table, results)}`),
    floorTable(results, level),
    reasons(results, level),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

function render({ figure, text, ratios }: Table, results: readonly Result[]): string {
  const columns = unique(results.map(({ workload }) => workload)).filter((workload) =>
    results.some((result) => result.workload === workload && valueOf(result, figure) !== undefined),
  );
  const find = (name: string, workload: Workload): number | undefined => {
    const found = results.find((one) => one.entrant.name === name && one.workload === workload);
    return found === undefined ? undefined : valueOf(found, figure);
  };
  const cell = (entrant: Entrant, workload: Workload): string => {
    const value = find(entrant.name, workload);
    if (value === undefined) return "–";
    const base = find(BASE, workload);
    if (!ratios || base === undefined || entrant.name === BASE) return text(value);
    const ratio = value / base;
    return `${text(value)} (${ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)}×)`;
  };
  const rows = unique(results.map(({ entrant }) => entrant)).map((entrant) => [
    entrant.title,
    ...columns.map((workload) => cell(entrant, workload)),
  ]);
  const head = ["", ...columns.map(({ name }) => name)];
  const rule = ["---", ...columns.map(() => "---:")];
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Why there are dashes: once per contender and reason. */
function reasons(results: readonly Result[], level: string): string {
  const found = new Map<string, string[]>();
  for (const { entrant, workload, outcome } of results) {
    if (typeof outcome !== "string") continue;
    const reason = `${entrant.title}: ${outcome}`;
    found.set(reason, [...(found.get(reason) ?? []), workload.name]);
  }
  if (found.size === 0) return "";
  const lines = [...found].map(([reason, names]) => `- ${reason} (${names.join(", ")})`);
  return `${level} What is missing\n\n${lines.join("\n")}`;
}

function valueOf({ outcome }: Result, figure: keyof Figures): number | undefined {
  return typeof outcome === "string" ? undefined : outcome[figure];
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2 + Number(value >= 10));
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
