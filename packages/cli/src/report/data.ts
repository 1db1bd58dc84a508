/**
 * Everything a report shows, as plain data: nothing here depends on how the training was run. A series may be
 * empty and any number may be NaN or infinite; the report then says so in the place of the chart or figure.
 */
export interface ReportData {
  readonly run: ReportRun;
  /** Unit of the data, such as `"ppm"`; without it, figures are said to be in the units of the column. */
  readonly unit?: string | undefined;
  /** What the reader must know before the results, one sentence each, such as "Training diverged in epoch 7." */
  readonly warnings?: readonly string[] | undefined;
  /** The trained model, as named in the table and the charts, and its test error. */
  readonly model: ReportScore;
  /** Forecasts that need no training (persistence, seasonal-naive), on the same test windows. */
  readonly naive: readonly ReportScore[];
  readonly loss: ReportLoss;
  readonly forecast: ReportForecast;
  readonly stateGradient: ReportStateGradient;
  /** Absent when no gradient check was run. */
  readonly gradcheck?: ReportGradcheck | undefined;
  readonly graph?: ReportGraph | undefined;
}

/** What was trained on what. */
export interface ReportRun {
  /** The CSV file, as the user named it. */
  readonly file: string;
  /** The column that was forecast. */
  readonly column: string;
  /** The cell: `lstm`, `gru`, or the path of the user's own. */
  readonly cell: string;
  /** Sizes and settings in the order to show them: window, hidden, batch, epochs, parameters, test windows… */
  readonly sizes: Readonly<Record<string, number | string>>;
  readonly seed: number | string;
  /** Version of each program that took part: `{ tapeloop: "0.1.0", node: "20.19.0" }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** The command line that makes this report again. */
  readonly command?: string | undefined;
  /** When it was made, as text. Left out by default so that equal runs make equal files. */
  readonly date?: string | undefined;
}

/** The error of one forecast on the test windows. */
export interface ReportScore {
  readonly name: string;
  /** Root of the mean squared error, in the data's units; NaN when there is none. */
  readonly rmse: number;
}

/** Loss by epoch: entry `i` belongs to epoch `i + 1`. */
export interface ReportLoss {
  readonly training: ArrayLike<number>;
  /** As long as `training`, or empty. */
  readonly validation: ArrayLike<number>;
  /** The epoch (from 1) whose parameters were kept. */
  readonly bestEpoch?: number | undefined;
  /** What the loss is, such as "mean squared error of the standardised series". */
  readonly description?: string | undefined;
}

/** Truth and forecasts on the test span: entry `i` of each belongs to the same point of the series. */
export interface ReportForecast {
  /** Times of the points as the data has them; a date axis is drawn when all of them are dates. */
  readonly times?: readonly string[] | undefined;
  readonly truth: ArrayLike<number>;
  readonly model: ArrayLike<number>;
  /** The naive forecasts; each is drawn faint. */
  readonly naive: readonly { readonly name: string; readonly values: ArrayLike<number> }[];
  /** What is forecast from what, as a sentence: "Each point is forecast from the 24 true values before it." */
  readonly description?: string | undefined;
}

/** How far the gradient reaches back through time. */
export interface ReportStateGradient {
  /** `norms[t]` is the Euclidean norm of dL/dh at time step `t + 1`, over the batch and the hidden units. */
  readonly norms: ArrayLike<number>;
  /** What L is here, such as "the loss of the first test batch". */
  readonly description?: string | undefined;
}

/** The verdict on the gradients of the trained model; a report of `@tapeloop/check` fits as it is. */
export interface ReportGradcheck {
  readonly verdict: "pass" | "fail" | "inconclusive";
  /** What stood in the way of the check as such, one sentence each. */
  readonly problems?: readonly string[] | undefined;
  /** Number of derivatives compared. */
  readonly comparisons: number;
  /** How many gradient entries there are, and how many of them were checked one by one. */
  readonly entries: { readonly checked: number; readonly total: number };
  /** The comparison that is furthest from passing, or nearest to failing. */
  readonly worst?: ReportComparison | undefined;
}

/** A derivative from a sweep over the tape beside the one from finite differences. */
export interface ReportComparison {
  /** The parameter: `lstm.wf`. */
  readonly path: string;
  /** The entry's place in it: `[3, 1]`; empty for a scalar. */
  readonly index: readonly number[];
  /** Whether it is the derivative along a random direction through all entries, and not that of one. */
  readonly isDirection?: boolean | undefined;
  /** The sweep that `analytic` comes from; `reverse` unless told. */
  readonly sweep?: string | undefined;
  readonly analytic: number;
  readonly numeric: number;
  /** The largest difference of the two that passes. */
  readonly tolerance: number;
  /** Why it did not pass, where there is more to say than the numbers. */
  readonly reason?: string | undefined;
}

/** The picture of the cell. */
export interface ReportGraph {
  /** An SVG document as text. It is shown as an image: scripts and links in it do nothing. */
  readonly svg: string;
  /** What the picture shows, for those who cannot see it. */
  readonly description?: string | undefined;
}
