import * as Plot from "@observablehq/plot";
import { countAxis, valueAxis, type Chart } from "../charts/draw.js";
import { downloadLink } from "../charts/download.js";
import { drawFigure } from "../charts/figure.js";
import { drawLine, MODEL, SECOND, type Line } from "../charts/lines.js";
import { drawable, extent, toPoints, wantsLogScale, withoutZeros } from "../charts/series.js";
import type { ReportLoss } from "../data.js";
import { html, type Html } from "../html.js";
import { formatNumber } from "../numbers.js";

/** Training and validation loss by epoch. */
export function lossSection(loss: ReportLoss): Html {
  const epochs = Array.from({ length: loss.training.length }, (_, index) => index + 1);
  return html`<section aria-labelledby="training">
    <h2 id="training">Training</h2>
    ${drawFigure({ lines: lossLines(loss), chart: lossChart(loss), caption: caption(loss) })}
    ${downloadLink("loss.csv", [
      ["epoch", epochs],
      ["training", loss.training],
      ["validation", loss.validation],
    ])}
  </section>`;
}

function lossLines({ training, validation }: ReportLoss): readonly Line[] {
  const epoch = (index: number) => index + 1;
  const lines = [
    { name: "training", style: MODEL, points: toPoints(training, epoch) },
    { name: "validation", style: SECOND, points: toPoints(validation, epoch) },
  ];
  return lines.filter(({ points }) => points.length > 0);
}

function lossChart(loss: ReportLoss): Chart {
  const values = [...drawable(loss.training), ...drawable(loss.validation)];
  const log = wantsLogScale(values);
  const lines = lossLines(loss).map((line) => (log ? { ...line, points: withoutZeros(line.points) } : line));
  const range = extent(log ? values.filter((value) => value > 0) : values) ?? [0, 1];
  const axis = valueAxis(log ? "loss (logarithmic)" : "loss", range, log);
  return {
    description: describe(loss),
    height: 280,
    plot: (size) => {
      const epochs = countAxis("epoch", loss.training.length, size.width);
      return {
        x: epochs.scale,
        y: axis.scale,
        marks: [
          ...axis.marks,
          epochs.mark,
          keptEpoch(loss),
          ...lines.flatMap((line) => drawLine(line, size)),
        ],
      };
    },
  };
}

function keptEpoch({ bestEpoch }: ReportLoss): Plot.Markish {
  if (bestEpoch === undefined) return undefined;
  return Plot.ruleX([bestEpoch], { stroke: "currentColor", strokeOpacity: 0.5, strokeDasharray: "2 3" });
}

function caption(loss: ReportLoss): Html {
  const kept =
    loss.bestEpoch === undefined
      ? ""
      : ` The model keeps the parameters of epoch ${loss.bestEpoch} (dotted line).`;
  const broken = Array.from(loss.training).findIndex((value) => !Number.isFinite(value));
  const diverged = broken < 0 ? "" : ` The loss of epoch ${broken + 1} is not finite and has no point.`;
  return html`Loss by epoch${loss.description === undefined ? "" : `: ${loss.description}`}.${kept}${diverged}`;
}

function describe({ training, validation }: ReportLoss): string {
  const course = (name: string, values: ArrayLike<number>) => {
    const [first, last] = [values[0], values[values.length - 1]];
    if (first === undefined || last === undefined) return "";
    return ` The ${name} loss goes from ${formatNumber(first)} in epoch 1 to ${formatNumber(last)} in epoch ${values.length}.`;
  };
  return `Line chart of the loss.${course("training", training)}${course("validation", validation)}`;
}
