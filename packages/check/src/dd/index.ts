export { ddDerivative, ddDerivatives, type DDDerivative } from "./derivative.js";
export type { DDKernels } from "./kernels.js";
export type { DDNumber } from "./romberg.js";
export { ddProgram, type DDOptions, type DDProgram } from "./run.js";
export { Signature } from "./signature.js";
export { ddGradient, ddSubject, type DDSubject } from "./subject.js";
export { isDD, toDD, type DDCall, type DDKernel, type DDTensor, type DDValue } from "./tensor.js";
