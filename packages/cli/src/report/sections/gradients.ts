import { downloadLink } from "../charts/download.js";
import { countAxis, valueAxis, type Chart } from "../charts/draw.js";
import { drawFigure } from "../charts/figure.js";
import { drawLine, MODEL } from "../charts/lines.js";
import { drawable, extent, toPoints, wantsLogScale, withoutZeros } from "../charts/series.js";
import type { ReportComparison, ReportGradcheck, ReportStateGradient } from "../data.js";
import { html, type Html } from "../html.js";
import { formatExact, formatNumber } from "../numbers.js";

/** How the loss depends on the hidden state of each time step, and whether the gradients are right. */
export function gradientSection(state: ReportStateGradient, check: ReportGradcheck | undefined): Html {
  const steps = Array.from({ length: state.norms.length }, (_, index) => index + 1);
  return html`<section aria-labelledby="gradients">
    <h2 id="gradients">Gradients</h2>
    <h3>Through time</h3>
    ${stateGradientFigure(state)}
    ${downloadLink("state-gradient.csv", [
      ["t", steps],
      ["norm", state.norms],
    ])}
    <h3>Gradient check</h3>
    ${check === undefined ? html`<p class="nothing">No gradient check was run.</p>` : verdict(check)}
  </section>`;
}

function stateGradientFigure({ norms, description }: ReportStateGradient): Html {
  const values = drawable(norms);
  const positive = values.filter((norm) => norm > 0);
  const log = wantsLogScale(values);
  const [low, high] = extent(positive) ?? [0, 1];
  const axis = valueAxis(log ? "‖dL/dh‖ (logarithmic)" : "‖dL/dh‖", [log ? low : 0, high], log);
  const points = toPoints(norms, (index) => index + 1);
  const line = { name: "norm", style: MODEL, points: log ? withoutZeros(points) : points };
  const chart: Chart = {
    description: `Line chart of the norm of dL/dh by time step. ${reach(norms)}`,
    height: 260,
    plot: (size) => {
      const steps = countAxis("time step t", norms.length, size.width);
      return { x: steps.scale, y: axis.scale, marks: [...axis.marks, steps.mark, ...drawLine(line, size)] };
    },
  };
  const caption = html`Euclidean norm of the derivative of ${description ?? "the loss"} with respect to the
  hidden state of each time step. ${reach(norms)}`;
  return drawFigure({ lines: [line], chart, caption });
}

/** How far the gradient reaches back, in a sentence. */
function reach(norms: ArrayLike<number>): string {
  const [first, last] = [norms[0], norms[norms.length - 1]];
  if (first === undefined || last === undefined) return "";
  const broken = Array.from(norms).filter((norm) => !Number.isFinite(norm)).length;
  if (broken > 0) return `It is not finite at ${broken} of ${norms.length} time steps.`;
  const zeros = Array.from(norms).filter((norm) => norm === 0).length;
  if (zeros > 0) return `It is zero at ${zeros} of ${norms.length} time steps.`;
  const change = first < last ? "shrinks" : "grows";
  const factor = formatNumber(Math.max(first, last) / Math.min(first, last));
  return `On the way back from step ${norms.length} to step 1 it ${change} by a factor of ${factor}.`;
}

const VERDICTS = {
  pass: html`<strong class="good"><span aria-hidden="true">✓</span> Passed</strong>`,
  fail: html`<strong class="bad"><span aria-hidden="true">✗</span> Failed</strong>`,
  inconclusive: html`<strong><span aria-hidden="true">?</span> Inconclusive</strong>`,
};

function verdict({ verdict, problems = [], comparisons, entries, worst }: ReportGradcheck): Html {
  const [compared, checked, total] = [comparisons, entries.checked, entries.total].map(formatCount);
  return html`<p>
      ${VERDICTS[verdict]}: ${compared} comparisons with finite differences; ${checked} of ${total} gradient
      entries were checked one by one.
    </p>
    ${problems.map((problem) => html`<p>${problem}</p>`)}
    ${worst === undefined ? undefined : worstComparison(worst)}`;
}

function worstComparison(worst: ReportComparison): Html {
  const { analytic, numeric, tolerance, sweep = "reverse", reason = "" } = worst;
  const error = Math.abs(analytic - numeric);
  const relative = error === 0 ? 0 : error / Math.max(Math.abs(analytic), Math.abs(numeric));
  const facts = [
    ["Worst entry", entryName(worst)],
    [`Analytic (${sweep})`, formatExact(analytic)],
    ["Numeric", formatExact(numeric)],
    ["Difference", formatNumber(error)],
    ["Tolerance", formatNumber(tolerance)],
    ["Relative error", formatNumber(relative)],
  ] as const;
  return html`<dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd><code>${value}</code></dd>
          </div>`,
      )}
    </dl>
    ${reason === "" ? undefined : html`<p>${reason}</p>`}`;
}

function entryName({ path, index, isDirection = false }: ReportComparison): string {
  if (isDirection) return `${path}, along a random direction`;
  return index.length === 0 ? path : `${path}[${index.join(", ")}]`;
}

function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}
