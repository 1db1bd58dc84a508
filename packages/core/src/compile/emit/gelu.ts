import { inFloat64, type VectorFunction } from "../../kernels/math/halves.js";
