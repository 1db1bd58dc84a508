import type { ReportData } from "../report/index.js";
import { versions } from "../commands/versions.js";
import type { JobResults } from "./results.js";
import type { JobSettings } from "./settings.js";
import { countParameters } from "./model.js";

/** The results in the form that the report takes. */
export function reportData(results: JobResults, settings: JobSettings, svg: string): ReportData {
  const { series, data, trained, forecast, naive, truth, stateGradient } = results;
  const { window, difference } = settings;
  const { test } = data.starts;
  return {
    run: {
      file: settings.file,
      column: series.name,
      cell: settings.cell,
      sizes: {
        window,
        ...(difference === 1 ? {} : { difference }),
        hidden: settings.hidden,
        ...(settings.layers === 1 ? {} : { layers: settings.layers }),
        parameters: countParameters(trained.params),
        batch: settings.batch,
        epochs: trained.history.length,
        "learning rate": settings.learningRate,
        "training windows": data.training.size,
        "validation windows": data.validation.size,
        "test windows": data.test.size,
      },
      seed: settings.seed,
      versions,
      command: settings.command,
    },
    unit: settings.unit,
    warnings: results.warnings,
    model: { name: forecast.name, rmse: forecast.rmse },
    naive: naive.map(({ name, rmse }) => ({ name, rmse })),
    loss: {
      training: trained.history.map(({ loss }) => loss),
      validation: trained.history.map(({ validationLoss }) => validationLoss ?? NaN),
      bestEpoch: trained.best?.epoch,
      description: `mean squared error of ${learnt(difference)}`,
    },
    forecast: {
      times: series.times?.slice(test),
      truth,
      model: forecast.values,
      naive,
      description: `Each point is forecast from the ${window} ${difference === 0 ? "true values" : "changes"} before it, by a model that has seen nothing of this span.`,
    },
    stateGradient: { norms: stateGradient.norms, description: lossOf(results, settings) },
    gradcheck: results.gradcheck,
    graph: { svg, description: `One time step of ${results.model.cell.name}, as recorded on its tape.` },
  };
}

function learnt(difference: number): string {
  if (difference === 0) return "the standardised values";
  if (difference === 1) return "the standardised change from one point to the next";
  return `the standardised change over ${difference} points`;
}

function lossOf({ stateGradient: { part }, data }: JobResults, { batch }: JobSettings): string {
  const windows = `the loss of the first ${Math.min(batch, data.test.size)} test windows`;
  return part === "h" ? windows : `${windows} (by the whole state, as the cell has no part named h)`;
}
