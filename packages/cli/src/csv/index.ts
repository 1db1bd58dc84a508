export { readSeries, readSeriesText, type ReadSeriesOptions, type Series } from "./read-series.js";
export { parseTimes, type TimeAxis } from "./times.js";
