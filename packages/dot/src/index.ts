export { toDot, type DotOptions } from "./to-dot.js";
export { checkOverlay, type CheckedGradients } from "./overlay/check.js";
export { costOverlay } from "./overlay/cost.js";
export { normOverlay } from "./overlay/norms.js";
export type { Mark, Overlay } from "./overlay/overlay.js";
