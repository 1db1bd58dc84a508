export { batchCount, batches, batchIndices, type BatchOptions } from "./batches.js";
export { examples, type Dataset } from "./dataset.js";
export {
  forecastWindows,
  type BatchLayout,
  type ForecastBatch,
  type ForecastOptions,
  type ForecastWindows,
} from "./forecast-windows.js";
export { minMaxScaler, scaler, standardizer, type Scaler } from "./scaler.js";
export { createSequences, type Series } from "./sequences.js";
export { splitByTime, type SplitOptions, type TimeSplit } from "./split.js";
