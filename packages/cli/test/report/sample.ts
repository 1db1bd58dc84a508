import type { ReportData } from "../../src/report/index.js";

const POINTS = 120;
const wave = (index: number) => 400 + index / 6 + 3 * Math.sin(index / 2);
const points = (value: (index: number) => number) =>
  Float64Array.from({ length: POINTS }, (_, index) => value(index));

/** A report like that of a good training on monthly data. */
export const SAMPLE: ReportData = {
  run: {
    file: "co2.csv",
    column: "CO2",
    cell: "lstm",
    sizes: { window: 24, hidden: 32, "test windows": POINTS },
    seed: 7,
    versions: { tapeloop: "0.1.0", node: "20.19.0" },
    command: "npx tapeloop train co2.csv --seed 7",
    date: "2020-01-02",
  },
  unit: "ppm",
  warnings: ["The first three rows were left out."],
  model: { name: "LSTM", rmse: 0.3 },
  naive: [
    { name: "persistence", rmse: 1.2 },
    { name: "seasonal-naive", rmse: 0.4 },
  ],
  loss: {
    training: Array.from({ length: 30 }, (_, epoch) => Math.exp(-epoch / 4)),
    validation: Array.from({ length: 30 }, (_, epoch) => 0.01 + Math.exp(-epoch / 4)),
    bestEpoch: 28,
    description: "mean squared error of the standardised series",
  },
  forecast: {
    times: Array.from({ length: POINTS }, (_, month) =>
      new Date(Date.UTC(2010, month)).toISOString().slice(0, 10),
    ),
    truth: points(wave),
    model: points((index) => wave(index) + 0.1 * Math.sin(index)),
    naive: [
      { name: "persistence", values: points((index) => wave(index - 1)) },
      { name: "seasonal-naive", values: points((index) => wave(index - 12)) },
    ],
    description: "Each point is forecast from the 24 true values before it.",
  },
  stateGradient: {
    norms: Array.from({ length: 24 }, (_, step) => 2 ** (step - 23)),
    description: "the test loss",
  },
  gradcheck: {
    verdict: "pass",
    comparisons: 96,
    entries: { checked: 64, total: 4385 },
    worst: { path: "lstm.wf", index: [3, 1], analytic: -0.25, numeric: -0.2500000001, tolerance: 1e-6 },
  },
  graph: {
    svg: '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text>tanh</text></svg>',
    description: "One step of the LSTM.",
  },
};
