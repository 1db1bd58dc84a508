import { join } from "node:path";
import { drawCell } from "../cells/draw-cell.js";
import { writeOutputs, type OutputFile } from "../files/index.js";
import { modelFile } from "./model-file.js";
import { reportData } from "./report-data.js";
import type { JobResults } from "./results.js";
import type { JobSettings } from "./settings.js";

/** Draws the cell, makes report and model file, and writes all of them. Returns their paths. */
export async function writeJob(results: JobResults, settings: JobSettings): Promise<readonly string[]> {
  // Drawing takes two large libraries, which most runs of the program do not need.
  const [{ renderSvg }, { renderReport }] = await Promise.all([
    import("@tapeloop/dot/render"),
    import("../report/index.js"),
  ]);
  const { cell, sizes } = results.model;
  const dot = drawCell(cell, { sizes, batch: settings.batch });
  const svg = await renderSvg(dot);
  const name = fileName(cell.name);
  const files: readonly OutputFile[] = [
    { path: join(settings.out, "report.html"), contents: renderReport(reportData(results, settings, svg)) },
    { path: join(settings.out, `${name}.dot`), contents: dot },
    { path: join(settings.out, `${name}.svg`), contents: svg },
    { path: join(settings.out, "model.safetensors"), contents: modelFile(results, settings) },
  ];
  await writeOutputs(files);
  return files.map(({ path }) => path);
}

/** A cell's name, which may be any text, as the name of a file. */
function fileName(name: string): string {
  const plain = name.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  return plain === "" ? "cell" : plain.slice(0, 60);
}
