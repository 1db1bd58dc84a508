import { TapeloopError, type Blas } from "@tapeloop/core";
import { nativeBlas } from "@tapeloop/core/native";
import { InputError } from "../input-error.js";

/**
 * The machine's library of matrix products.
 * @throws {InputError} where there is none, with the reason
 */
export function findBlas(): Blas {
  const absent = { reason: "" };
  try {
    const blas = nativeBlas({ onAbsent: (reason) => (absent.reason = reason) });
    if (blas !== undefined) return blas;
  } catch (error) {
    if (!(error instanceof TapeloopError)) throw error;
    absent.reason = error.message;
  }
  throw new InputError(`--blas: there is no library of matrix products: ${absent.reason}`);
}
