import type { Problem } from "../../problem.js";
import type { Steps } from "./parts.js";

/** A recurrent layer with its buffers. */
export interface HandCell {
  /** Row 0 is the initial state, row t + 1 the hidden state after step t: [time + 1, batch · hidden] */
  readonly hs: Steps;
  /** Gradients of hs; filled with what the output layer says before `backward`. */
  readonly dhs: Steps;
  forward(xs: Float32Array): void;
  backward(xs: Float32Array): void;
  update(rate: number): void;
  params(): Record<string, Float32Array>;
}

export type CreateCell = (problem: Problem) => HandCell;
