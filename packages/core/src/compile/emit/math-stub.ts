export { math, type VectorMath } from "../../kernels/math/index.js";
