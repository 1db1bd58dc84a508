import type { Tape } from "@tapeloop/core";
import { buildGraph, type BuildOptions } from "../../graph/build.js";
import type { Graph } from "../../graph/model.js";

/** The graph that a page holds: with each step of every loop, marked or not, for it is the page that folds them. */
export function pageGraph(tape: Tape, params?: BuildOptions["params"]): Graph {
  return buildGraph(tape, { params, unrolled: Infinity, isBeside: false });
}
