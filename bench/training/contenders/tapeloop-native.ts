import { compile } from "@tapeloop/core";
import { nativeBlas } from "@tapeloop/core/native";
import { build } from "./tapeloop.js";
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
