export { adjointTest, type AdjointOptions, type AdjointReport } from "./adjoint.js";
export {
  assertCheckCell,
  checkCell,
  CheckCellError,
  type CheckCellOptions,
  type CheckCellReport,
} from "./cell/check-cell.js";
export type { CellPart } from "./cell/parts.js";
export type { CellLike } from "./cell/structure.js";
export type { Timeline, TimelineRow } from "./cell/timeline.js";
export type { BatchAxes } from "./cross/batch-axes.js";
export {
  batchIndependence,
  type BatchIndependenceOptions,
  type BatchIndependenceReport,
} from "./cross/batch-independence.js";
export type { BatchInfluence } from "./cross/batch-influences.js";
export type { Blame } from "./cross/blame.js";
export {
  assertCompareGradients,
  compareGradients,
  GradientComparisonError,
  type CompareGradientsOptions,
} from "./cross/compare-gradients.js";
export type { GradientComparison, GradientEntry, GradientGroup } from "./cross/comparison.js";
export {
  gradgradcheck,
  type GradgradcheckOptions,
  type GradgradcheckReport,
  type HessianProduct,
} from "./cross/gradgradcheck.js";
export type { HandGradient, Numbers } from "./cross/hand.js";
export type { TaylorLine, TaylorStep } from "./cross/taylor-judge.js";
export { taylorTest, type TaylorOptions, type TaylorReport } from "./cross/taylor.js";
export { ddGradient, ddSubject, type DDSubject } from "./dd/subject.js";
export { ddDerivative, type DDDerivative } from "./dd/derivative.js";
export type { DDKernels } from "./dd/kernels.js";
export type { DDNumber } from "./dd/romberg.js";
export { ddProgram, type DDOptions, type DDProgram } from "./dd/run.js";
export type { DDCall, DDKernel, DDTensor, DDValue } from "./dd/tensor.js";
export { assertGradcheck, gradcheck } from "./gradcheck.js";
export type { AnyInputs, InputsFor } from "./inputs.js";
export * from "./mutants/index.js";
export type { Domain, GradcheckMode, GradcheckOptions, GradcheckProgress } from "./options.js";
export { heatMap, type HeatMapOptions, type HeatMapRow } from "./report/heat-map.js";
export {
  GradcheckError,
  type Comparison,
  type Coverage,
  type GradcheckReport,
  type Kink,
  type UnseenInput,
} from "./report.js";
export type { TreeOf } from "./trees.js";
export type { Verdict } from "./verdict.js";
