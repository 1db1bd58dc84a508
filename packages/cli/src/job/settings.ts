import type { DataSettings } from "./forecast-data.js";
import type { TrainingSettings } from "./train-forecaster.js";

/** All that `tapeloop train` can be told. */
export interface JobRequest extends Omit<JobSettings, "batch" | "blas"> {
  readonly batch: number | undefined;
  /** Whether the machine's library makes the larger matrix products. */
  readonly blas: boolean;
}

/** Windows in a batch unless asked otherwise, where there are as many. */
export const USUAL_BATCH = 64;

/** What a job runs with, once it has seen the series. */
export interface JobSettings extends Omit<DataSettings, "batch">, TrainingSettings {
  /** The CSV file. */
  readonly file: string;
  readonly column: string | undefined;
  readonly timeColumn: string | undefined;
  /** Unit of the values, for the report. */
  readonly unit: string | undefined;
  /** A built-in cell's name or a file. */
  readonly cell: string;
  readonly exportName: string | undefined;
  readonly hidden: number;
  readonly layers: number;
  /** Points in a season; `none` for a series without, by default found from the times. */
  readonly season: number | "none" | undefined;
  /** The folder to write into. */
  readonly out: string;
  /** No progress, and only the table of results. */
  readonly quiet: boolean;
  /** The command line that gives the same again. */
  readonly command: string;
}
