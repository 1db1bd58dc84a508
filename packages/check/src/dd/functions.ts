/* All functions of one double-double number, by kind. */
export { pow, sigmoid, softplus, tanh } from "./activations.js";
export { erf, erfc } from "./error-function.js";
export { exp, expm1, log, log1p } from "./exponential.js";
export { cos, sin } from "./trigonometric.js";
