import * as Plot from "@observablehq/plot";
import { ddGradient, gradcheck } from "@tapeloop/check";
import {
  fromTypedArray,
  normal,
  randomKey,
  square,
  sum,
  withDefaultDtype,
  type Tensor,
} from "@tapeloop/core";
import { lstm, unroll } from "@tapeloop/nn";
import { chart, COLOURS } from "./chart.js";

/** An estimate of a derivative: how far it is off, relative to the largest entry of the gradient. */
interface Estimate {
  readonly step: number;
  readonly error: number;
  readonly method: string;
}

const [TIME, INPUT, HIDDEN] = [100, 2, 4] as const;
/** The entry whose derivative is measured: w_f [1, 2]. */
const ENTRY = 1 * HIDDEN + 2;

/** The error of three ways to measure the derivative of an LSTM over 100 time steps by one weight. */
export function measure(): {
  readonly estimates: readonly Estimate[];
  readonly check: Estimate & { bound: number };
} {
  return withDefaultDtype("float64", () => {
    const params = lstm.init({ input: INPUT, hidden: HIDDEN }, 3);
    const xs = normal(randomKey(4), [TIME, 1, INPUT]);
    const loss = (wf: Tensor): Tensor => sum(square(unroll(lstm, { ...params, wf }, xs).state.h));
    const [exact] = ddGradient(loss, [params.wf], Float64Array.of(1));
    const truth = exact?.hi[ENTRY] ?? NaN;
    const largest = Math.max(...(exact?.hi ?? [NaN]).map(Math.abs));
    const at = (t: number): number => {
      const values = Float64Array.from(params.wf.data);
      values[ENTRY] = (values[ENTRY] ?? 0) + t;
      return loss(fromTypedArray(values, params.wf.shape)).item();
    };
    const central = (h: number): number => (at(h) - at(-h)) / (2 * h);
    const origin = at(0);
    const estimates: Estimate[] = [];
    for (let k = 1; k <= 44; k++) {
      const step = 2 ** -k;
      const found = {
        "forward difference": (at(step) - origin) / step,
        "central difference": central(step),
        "extrapolated from h, h/2, … h/32": romberg([0, 1, 2, 3, 4, 5].map((i) => central(step / 2 ** i))),
      };
      for (const [method, value] of Object.entries(found)) {
        estimates.push({ step, method, error: Math.max(Math.abs(value - truth) / largest, 1e-18) });
      }
    }
    const entry = gradcheck(loss, [params.wf], { mode: "reverse" }).all.find(
      ({ isDirection, index: [i, j] }) => !isDirection && i === 1 && j === 2,
    );
    const error = Math.abs((entry?.numeric ?? NaN) - truth) / largest;
    const bound = (entry?.bound ?? NaN) / largest;
    return { estimates, check: { step: entry?.step ?? NaN, error, bound, method: "gradcheck" } };
  });
}

/** Cancels the terms in h², h⁴, … of estimates with steps h, h/2, h/4, … */
function romberg(estimates: readonly number[]): number {
  let row = estimates;
  for (let factor = 4; row.length > 1; factor *= 4) {
    row = row.slice(1).map((fine, i) => fine + (fine - (row[i] ?? 0)) / (factor - 1));
  }
  return row[0] ?? NaN;
}

/** 10⁻⁹ of 1e-9. */
function power(value: number): string {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const exponent = String(Math.round(Math.log10(value)));
  return `10${[...exponent].map((c) => (c === "-" ? "⁻" : (digits[Number(c)] ?? ""))).join("")}`;
}

/** The measurement as an SVG file. */
export function errorByStep(): string {
  const { estimates, check } = measure();
  const methods = [...new Set(estimates.map(({ method }) => method))];
  return chart({
    height: 420,
    marginLeft: 64,
    marginRight: 24,
    marginBottom: 44,
    marginTop: 56,
    x: { type: "log", base: 10, label: "step h", labelAnchor: "center", ticks: 8, tickFormat: power },
    y: {
      type: "log",
      base: 10,
      tickFormat: power,
      grid: true,
      label: "error / largest entry of the gradient",
      ticks: 8,
      domain: [1e-17, 10],
    },
    color: { domain: methods, range: [...COLOURS] },
    marks: [
      Plot.line(estimates, { x: "step", y: "error", stroke: "method", strokeWidth: 1.8 }),
      Plot.dot(estimates, {
        x: "step",
        y: "error",
        stroke: "method",
        fill: "white",
        symbol: "method",
        r: 2.6,
      }),
      Plot.ruleX([check], { x: "step", y1: 1e-17, y2: "bound", stroke: "#222", strokeWidth: 1.5 }),
      Plot.dot([check], { x: "step", y: "bound", fill: "#222", r: 4 }),
      Plot.text([check], {
        x: "step",
        y: "bound",
        text: () => "gradcheck: the bound that it reports",
        textAnchor: "end",
        dx: -6,
        dy: 12,
        stroke: "white",
        fill: "#222",
      }),
      ...methods.map((method, i) =>
        Plot.text([method], {
          frameAnchor: "top-left",
          text: (name: string) => `● ${name}`,
          textAnchor: "start",
          dx: 4 + 190 * i,
          dy: -32,
          fill: COLOURS[i] ?? "#222",
        }),
      ),
    ],
  });
}
