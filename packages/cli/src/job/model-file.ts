import { saveSafetensors } from "@tapeloop/nn";
import type { JobResults } from "./results.js";
import type { JobSettings } from "./settings.js";

/**
 * The trained parameters as a safetensors file, with all that it takes to forecast with them: cell and sizes, the
 * window, and how values become what the model sees: (x[t] − x[t − difference] − shift) / scale.
 */
export function modelFile(results: JobResults, settings: JobSettings): Uint8Array {
  const { trained, data, series } = results;
  return saveSafetensors(trained.params, {
    format: "tapeloop forecaster 1",
    cell: results.model.cell.name,
    layers: String(settings.layers),
    hidden: String(settings.hidden),
    window: String(settings.window),
    difference: String(settings.difference),
    shift: String(data.scaler.shift.item()),
    scale: String(data.scaler.scale.item()),
    column: series.name,
    seed: String(settings.seed),
    epoch: String(trained.best?.epoch ?? 0),
  });
}
