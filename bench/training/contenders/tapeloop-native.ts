import { compile } from "@tapeloop/core";
import { enableRelaxedSimd, nativeBlas } from "@tapeloop/core/native";
import { build, compiled } from "./tapeloop.js";
import type { Create } from "./contender.js";

/** Compiled, with matrix products by the machine's BLAS; fails where there is none. */
export const native: Create = (problem) => {
  const absent = { reason: "" };
  const blas = nativeBlas({ onAbsent: (reason) => (absent.reason = reason) });
  if (blas === undefined) throw new Error(absent.reason);
  console.log(`native products: ${blas.name}`);
  return build(
    (fn) => compile(fn, { blas }),
    (t) => t,
  )(problem);
};

/** Compiled, with multiply-add in one instruction also in Node 20, where it has to be asked for. */
export const relaxed: Create = (problem) => {
  if (!enableRelaxedSimd()) throw new Error("this engine has no relaxed SIMD");
  return compiled(problem);
};
