export type { GraphOptions } from "./drawn-graph.js";
export type {
  AttributeValue,
  ClusterRecord,
  EdgeRecord,
  GraphDocument,
  NodeRecord,
  TypeRecord,
} from "./json/document.js";
export { toGraph, toJson } from "./json/to-json.js";
export { toMermaid, type MermaidOptions } from "./mermaid/to-mermaid.js";
export { toDot, type DotOptions } from "./to-dot.js";
export { checkOverlay, type CheckedGradients } from "./overlay/check.js";
export { costOverlay } from "./overlay/cost.js";
export { timeOverlay, type TimedKernel, type TimedProgram } from "./overlay/time.js";
export { normOverlay } from "./overlay/norms.js";
export type { Mark, Overlay } from "./overlay/overlay.js";
