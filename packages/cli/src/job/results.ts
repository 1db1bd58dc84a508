import type { GradcheckReport } from "@tapeloop/check";
import type { FitResult } from "@tapeloop/nn";
import type { Series } from "../csv/index.js";
import type { ForecastData } from "./forecast-data.js";
import type { Forecaster, ForecasterParams } from "./model.js";
import type { NaiveForecast } from "./naive.js";
import type { StateGradient } from "./state-gradient.js";

/** A naive forecast with its test error. */
export interface ScoredForecast extends NaiveForecast {
  readonly rmse: number;
}

/** What a job has found, before any of it is shown or written. */
export interface JobResults {
  readonly series: Series;
  readonly data: ForecastData;
  readonly model: Forecaster;
  readonly trained: FitResult<ForecasterParams>;
  /** The true values of the test span. */
  readonly truth: Float64Array;
  /** The model's forecast of them, under the cell's name. */
  readonly forecast: ScoredForecast;
  readonly naive: readonly ScoredForecast[];
  readonly stateGradient: StateGradient;
  /** Absent when the check could not be run. */
  readonly gradcheck?: GradcheckReport | undefined;
  /** What is odd and worth knowing, one sentence each. */
  readonly warnings: readonly string[];
}
