// Run inside a folder where the packages are installed: `node native.mjs with` or `node native.mjs without` koffi.
import { compile, full } from "@tapeloop/core";
import { nativeBlas } from "@tapeloop/core/native";

/** @type {string[]} */
const reasons = [];
const blas = nativeBlas({ onAbsent: (reason) => reasons.push(reason) });
const lacksKoffi = reasons.some((reason) => reason.includes("koffi"));
if (lacksKoffi !== (process.argv[2] === "without")) {
  throw new Error(`nativeBlas ${process.argv[2]} koffi: got ${blas?.name ?? reasons.join()}`);
}
/** @param {import("@tapeloop/core").Tensor} x */
const square = (x) => x.matmul(x);
const squared = compile(square, { blas });
const x = full([64, 64], 0.5);
if ([...squared(x).data].some((value) => value !== 16)) throw new Error("a product is wrong");
const { blas: used } = squared.explain(x).code;
if (used !== blas?.name) throw new Error(`the product was made by ${used}, not by ${blas?.name}`);
console.log(blas?.name ?? reasons.join());
