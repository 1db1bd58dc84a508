import { TapeloopError } from "@tapeloop/core";

/** Bytes that are not a safetensors file, a tree that cannot be one, or a file that does not fit its template. */
export class SafetensorsError extends TapeloopError {
  override name = "SafetensorsError";
}
