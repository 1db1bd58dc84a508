import type { BatchIndependenceReport } from "./batch-independence.js";
import type { BatchInfluence } from "./batch-influences.js";

const SHOWN = 4;
const ELEMENTS_SHOWN = 6;

/** Which result depends on which input. */
export function formatIndependence(report: Omit<BatchIndependenceReport, "toString">): string {
  const { verdict, batch, influences, unbatched, matrix, problem } = report;
  if (verdict === "pass")
    return `batch independence passed: each of ${batch} results depends on its own input alone`;
  if (verdict === "inconclusive") return `batch independence is inconclusive: ${problem}`;
  return [
    `batch independence failed: results depend on inputs of other elements of the batch (${batch} elements)`,
    ...influences.slice(0, SHOWN).map(line),
    ...(influences.length > SHOWN ? [`  and ${influences.length - SHOWN} more`] : []),
    ...(unbatched.length > 0
      ? [
          `  ${unbatched.join(", ")} has no axis of ${batch} elements: is there a sum, or a product, over the batch?`,
        ]
      : []),
    ...(matrix !== undefined && unbatched.length === 0
      ? [
          "  which result (row) depends on which input (column):",
          ...matrix.map((row) => `    ${row.map((x) => (x ? "x" : ".")).join("")}`),
        ]
      : []),
  ].join("\n");
}

function line({ outputPath, output, inputPath, inputs, by }: BatchInfluence): string {
  const result = output === undefined ? outputPath : `${outputPath}, element ${output},`;
  const few = inputs.slice(0, ELEMENTS_SHOWN).join(", ");
  const more = inputs.length > ELEMENTS_SHOWN ? ` … ${inputs.at(-1) ?? ""} (${inputs.length} in all)` : "";
  const elements = inputs.length === 0 ? "" : `, element${inputs.length === 1 ? "" : "s"} ${few}${more}`;
  const how = by === "value" ? " (its value changes, its derivative vanishes here)" : "";
  return `  ${result} depends on ${inputPath}${elements}${how}`;
}
