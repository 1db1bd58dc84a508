import { elementwise } from "./kernels-elementwise.js";
import { matmul } from "./kernels-matmul.js";
import { movement } from "./kernels-movement.js";
import { reductions } from "./kernels-reduce.js";
import type { DDKernel } from "./tensor.js";

/** Kernels of a tape's operations by name; see {@link DDKernel}. */
export type DDKernels = Readonly<Record<string, DDKernel>>;

/** The library's own operations in double-double. Those with a body (`scan`, …) are walked instead. */
export const kernels: DDKernels = { ...elementwise, ...reductions, ...movement, matmul };
