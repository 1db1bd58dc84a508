export { createProgress, type Epoch, type Progress, type ProgressOptions } from "./create-progress.js";
export { formatDuration, formatLoss } from "./format.js";
