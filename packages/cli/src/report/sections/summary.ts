import type { ReportData, ReportScore } from "../data.js";
import { html, type Html } from "../html.js";
import { formatNumber } from "../numbers.js";
import { unitSuffix } from "./units.js";

/** What was trained on what, and the outcome in a line. */
export function headerSection(data: ReportData): Html {
  const { run, model, warnings = [] } = data;
  return html`<header>
    <p class="kicker">Tapeloop training report</p>
    <h1>${model.name} forecast of ${run.column}</h1>
    <p class="lead">${outcome(data)}</p>
    ${warnings.map((warning) => html`<p class="warning" role="note"><strong>Note.</strong> ${warning}</p>`)}
    ${facts(data)}
  </header>`;
}

/** Test errors of the model and the naive forecasts. */
export function resultsSection(data: ReportData): Html {
  const { model, naive, unit } = data;
  const scores = [model, ...naive];
  const largest = Math.max(0, ...scores.map(({ rmse }) => rmse).filter(Number.isFinite));
  const best = Math.min(...scores.map(({ rmse }) => rmse).filter(Number.isFinite));
  return html`<section aria-labelledby="results">
    <h2 id="results">Results</h2>
    <div class="scroll" role="region" tabindex="0" aria-label="Table of test errors">
      <table>
        <caption>
          Root mean squared error (RMSE) on the same test windows,
          ${unit === undefined ? html`in the units of ${data.run.column}` : html`in ${unit}`}. Smaller is
          better.
        </caption>
        <thead>
          <tr>
            <th scope="col">Forecast</th>
            <th scope="col" class="number">Test RMSE</th>
            <th scope="col" class="number">Relative to the model</th>
            <td class="bar"></td>
          </tr>
        </thead>
        <tbody>
          ${scores.map((score) => row(score, score === model, score.rmse === best, model.rmse, largest))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row(
  score: ReportScore,
  isModel: boolean,
  isBest: boolean,
  modelRmse: number,
  largest: number,
): Html {
  const ratio = score.rmse / modelRmse;
  const share = Number.isFinite(score.rmse) && largest > 0 ? 100 * (score.rmse / largest) : 0;
  return html`<tr class="${isModel ? "model" : "naive"}">
    <th scope="row">${score.name}</th>
    <td class="number">
      ${isBest ? html`<strong>${formatNumber(score.rmse)}</strong>` : formatNumber(score.rmse)}
    </td>
    <td class="number">${Number.isFinite(ratio) ? formatRatio(ratio) : ""}</td>
    <td class="bar">
      <svg aria-hidden="true" width="100%" height="12">
        <rect width="${share.toFixed(2)}%" height="12" rx="2" />
      </svg>
    </td>
  </tr>`;
}

function formatRatio(ratio: number): string {
  return ratio >= 100 ? formatNumber(ratio) : ratio.toFixed(2);
}

/** The outcome as a sentence: by how much the model is better or worse than the best naive forecast. */
function outcome(data: ReportData): Html {
  const { model, naive } = data;
  const figure = (score: ReportScore) =>
    html`<strong>${formatNumber(score.rmse)}${unitSuffix(data)}</strong>`;
  if (!Number.isFinite(model.rmse)) {
    return html`The test error of ${model.name} is not a finite number, as it happens when a training
    diverges.`;
  }
  const comparable = naive.filter(({ rmse }) => Number.isFinite(rmse) && rmse > 0);
  const [first, ...others] = comparable;
  if (first === undefined) return html`${model.name} misses the test values by ${figure(model)} (RMSE).`;
  const best = others.reduce((least, score) => (score.rmse < least.rmse ? score : least), first);
  const change = 100 * (model.rmse / best.rmse - 1);
  const percent = `${Math.abs(change).toFixed(Math.abs(change) < 10 ? 1 : 0)} %`;
  const side =
    change < 0 ? html`<strong>${percent} less</strong> than` : html`<strong>${percent} more</strong> than`;
  return html`${model.name} misses the test values by ${figure(model)} (RMSE), ${side} the best naive
  forecast, ${best.name} (${formatNumber(best.rmse)}${unitSuffix(data)}).`;
}

/** File, sizes, seed and versions: what it takes to run the training again. */
function facts({ run }: ReportData): Html {
  const facts: readonly (readonly [string, string | number])[] = [
    ["file", run.file],
    ["column", run.column],
    ["cell", run.cell],
    ...Object.entries(run.sizes),
    ["seed", run.seed],
    ...Object.entries(run.versions),
    ...(run.date === undefined ? [] : [["made", run.date] as const]),
  ];
  return html`<dl class="facts card">
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${formatFact(value)}</dd>
        </div>`,
    )}
  </dl>`;
}

/** The command that makes the report again. */
export function footer({ run }: ReportData): Html {
  if (run.command === undefined) return html``;
  return html`<footer>
    <p>This report was made by</p>
    <pre><code>${run.command}</code></pre>
  </footer>`;
}

function formatFact(value: string | number): string {
  return typeof value === "number" && Number.isInteger(value) ? value.toLocaleString("en-US") : String(value);
}
