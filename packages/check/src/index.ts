export { adjointTest, type AdjointOptions, type AdjointReport } from "./adjoint.js";
export { assertGradcheck, gradcheck } from "./gradcheck.js";
export type { GradcheckMode, GradcheckOptions } from "./options.js";
export { GradcheckError, type Comparison, type Coverage, type GradcheckReport } from "./report.js";
export type { Verdict } from "./verdict.js";
