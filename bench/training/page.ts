import { cpus, totalmem, type, release } from "node:os";
import type { Result } from "./measure.js";
import type { Settings } from "./options.js";
import { report } from "./report.js";
import type { Workload } from "./workloads.js";

/** docs/benchmarks.md: what was measured, where, and the tables. */
export function page(
  results: readonly Result[],
  { workloads, rounds, seconds }: Settings,
  versions: ReadonlyMap<string, string | undefined>,
): string {
  const present = [...versions].flatMap(([name, version]) =>
    version === undefined ? [] : `${name} ${version}`,
  );
  return [
    "# Training steps, beside peers",
    "How long does a full training step take (forward, all gradients, SGD; float32, one thread but for the row that says two)? The same models, from the same parameters, on the same data:",
    workloads.map(describe).join("\n"),
    "Every contender runs in a process of its own. Before anything is timed it takes three steps, and its losses and updated parameters are compared with the reference executor's in float64; who is wrong is left out. Cells are written with the same operations everywhere (concat, one product per gate); hand-written loops and fused layers take all gates in one product. TensorFlow.js runs eagerly, with its own optimizer; jax-js and JAX run a whole step under `jit`. A step includes reading the loss. The row with multiply-add calls `enableRelaxedSimd()` first, which Node 20 needs to have that instruction in WebAssembly; later ones have it anyway.",
    `Times are medians of ${rounds} rounds in which each takes its turn (fewer, but three at least, for those that need more than ${seconds} s), after warming up; in brackets, how many times that of the compiled program. The first step starts once the libraries are loaded and the data is there. Memory is that of a fresh process after five steps.`,
    report(results, "##"),
    "## Where",
    [
      `- ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB; ${type()} ${release()}`,
      `- Node ${process.versions.node}; ${present.join(", ")}`,
      `- ${new Date().toISOString().slice(0, 10)}`,
    ].join("\n"),
    "Made by `node bench/training/run.mjs --write`; [how it works](../bench/training/README.md).",
  ].join("\n\n");
}

function describe({ name, title, batch, time, input, hidden }: Workload): string {
  return `- **${name}**: ${title}; batch ${batch}, ${time} time steps, input ${input}, hidden ${hidden}`;
}
