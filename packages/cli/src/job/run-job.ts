import { arange, TapeloopError, type Explanation } from "@tapeloop/core";
import type { Cell, FitResult } from "@tapeloop/nn";
import { resolveCell } from "../cells/resolve-cell.js";
import { readSeries, type Series } from "../csv/index.js";
import { checkOutputFolder } from "../files/index.js";
import { InputError } from "../input-error.js";
import type { Epoch, Progress } from "../progress/index.js";
import { checkModel } from "./check-model.js";
import { findBlas } from "./find-blas.js";
import { forecastData, type ForecastData } from "./forecast-data.js";
import { createForecaster, forecastAll, type Forecaster, type ForecasterParams } from "./model.js";
import { naiveForecasts, rmse } from "./naive.js";
import type { JobResults } from "./results.js";
import { chooseSeason } from "./season.js";
import { USUAL_BATCH, type JobRequest, type JobSettings } from "./settings.js";
import { stateGradient } from "./state-gradient.js";
import { describeCheck, describePlan, describeThreads, describeTraining, resultTable } from "./summary.js";
import { trainForecaster } from "./train-forecaster.js";
import { writeJob } from "./write-job.js";

/** Where a job tells of itself. */
export interface JobTerminal {
  /** Results. */
  print(text: string): void;
  /** What is odd. */
  warn(text: string): void;
  startProgress(epochs: number): Progress;
  /** Runs what Ctrl-C is to end in order; elsewhere it ends the program at once. */
  interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** How a job ended. */
export type JobEnd = "done" | "check failed" | "diverged" | "interrupted";

/** A series made ready, and the cell to learn it with. */
interface Task {
  readonly series: Series;
  readonly data: ForecastData;
  readonly season: number | undefined;
  readonly cell: Cell;
}

/**
 * The forecasting job: reads a series, trains a model, compares it with naive forecasts on the test span, checks its
 * gradients, and writes report, graph and model. Files are written at the very end, all or none.
 *
 * @throws {InputError} for settings and files that cannot be used
 */
export async function runJob(request: JobRequest, terminal: JobTerminal): Promise<JobEnd> {
  checkOutputFolder(request.out);
  if (request.blas && request.threads !== 1) {
    throw new InputError(
      `--threads ${request.threads}: got --blas too, whose products run on one thread; give one of them`,
    );
  }
  const blas = request.blas ? findBlas() : undefined;
  const { cell, explain } = await resolveCell(request.cell, request.exportName);
  const series = await readSeries(request.file, request);
  const data = forecastData(series, request.file, request);
  const season = chooseSeason(series, data.starts.test, request.season);
  const batch = request.batch ?? Math.min(USUAL_BATCH, data.training.size);
  const settings = { ...request, batch, blas };
  try {
    return await runTask({ series, data, season, cell }, settings, terminal);
  } catch (error) {
    throw explain(error);
  }
}

async function runTask(task: Task, settings: JobSettings, terminal: JobTerminal): Promise<JobEnd> {
  const { series, data, cell } = task;
  const say = (text: string): void => {
    if (!settings.quiet) terminal.print(text);
  };
  const model = createForecaster(cell, settings.hidden, settings.layers);
  say(describePlan({ series, data, model }, settings));
  series.warnings.forEach((warning) => terminal.warn(warning));

  const programs: Explanation[] = [];
  const trained = await train(model, data, settings, terminal, (program) => programs.push(program));
  if (trained.stopped === "aborted") return "interrupted";
  if (trained.best === undefined) {
    terminal.warn(`the training diverged: ${trained.message}; a smaller --learning-rate may help`);
    return "diverged";
  }
  const found = evaluate(task, model, trained, settings);
  found.warnings.slice(series.warnings.length).forEach((warning) => terminal.warn(warning));
  say(describeTraining(found));
  if (settings.threads !== 1) say(describeThreads(programs));
  terminal.print(resultTable(found, settings.unit));

  const results = withCheck(found, settings.seed);
  if (results.gradcheck === undefined) terminal.warn(results.warnings.at(-1) ?? "");
  else say(describeCheck(results.gradcheck, cell.name));
  const written = await writeJob(results, settings);
  say(`Wrote ${written.join(", ")}`);
  return results.gradcheck?.verdict === "fail" ? "check failed" : "done";
}

/** The results with the gradient check, or with the reason why there is none. */
function withCheck(found: JobResults, seed: number): JobResults {
  try {
    return { ...found, gradcheck: checkModel(found.model, found.trained.params, found.data.test, seed) };
  } catch (error) {
    if (!(error instanceof TapeloopError)) throw error;
    const warning = `The gradients could not be checked in float64: ${error.message}.`;
    return { ...found, warnings: [...found.warnings, warning] };
  }
}

async function train(
  model: Forecaster,
  data: ForecastData,
  settings: JobSettings,
  terminal: JobTerminal,
  onProgram: (explanation: Explanation) => void,
): Promise<FitResult<ForecasterParams>> {
  const progress = settings.quiet ? undefined : terminal.startProgress(settings.epochs);
  try {
    const onEpoch = (epoch: Epoch): void => progress?.update(epoch);
    return await terminal.interruptible((signal) =>
      trainForecaster(model, data, settings, { onEpoch, onProgram }, signal),
    );
  } finally {
    progress?.stop();
  }
}

/** What the trained model is worth on the test span. */
function evaluate(
  { series, data, season, cell }: Task,
  model: Forecaster,
  trained: FitResult<ForecasterParams>,
  settings: JobSettings,
): JobResults {
  const truth = series.values.slice(data.starts.test);
  const values = data.inUnits(forecastAll(model, trained.params, data.test));
  const naive = naiveForecasts(series.values, data.starts.test, season);
  const few = arange(0, Math.min(settings.batch, data.test.size), 1, { dtype: "int32" });
  return {
    series,
    data,
    model,
    trained,
    truth,
    forecast: { name: cell.name, values, rmse: rmse(values, truth) },
    naive: naive.map((each) => ({ ...each, rmse: rmse(each.values, truth) })),
    stateGradient: stateGradient(model, trained.params, data.test.batch(few)),
    warnings: [
      ...series.warnings,
      ...(trained.stopped === "nonFinite"
        ? [`The training diverged (${trained.message}); what was best before is kept.`]
        : []),
    ],
  };
}
