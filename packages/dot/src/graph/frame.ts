import type { Tape, Tensor } from "@tapeloop/core";
import type { Canvas } from "./canvas.js";
import { constantText, numberText } from "./constant.js";
import { draftNode, type Draft } from "./draft.js";
import type { Outside, Place } from "./place.js";
import { numberValue, type Reader, type Value } from "./values.js";

/** One tape being drawn: the whole one, or the body of a loop. */
export interface Frame {
  readonly canvas: Canvas;
  readonly tape: Tape;
  /** What the ids of its nodes begin with; empty for the whole tape. */
  readonly prefix: string;
  /** Tells apart the bodies of loops; the steps of one loop share it. */
  readonly body: string;
  /** The time step, if the body of a loop is drawn for each of them. */
  readonly step?: number;
  /** How many of the tape's first inputs and outputs are the state of a loop. */
  readonly carry?: number;
  /** How many of the tape's outputs its program returned; a loop has more, if it keeps values for its reverse sweep. */
  readonly results?: number;
  readonly cluster: Draft;
  readonly outside: Outside;
  readonly values: Map<Tensor, Value>;
}

/** The value of a tensor on the frame's tape; what is neither an input nor computed is a constant. */
export function valueOf(frame: Frame, t: Tensor): Value {
  const known = frame.values.get(t);
  if (known !== undefined) return known;
  const number = numberText(t);
  const id = `${frame.prefix}k${frame.values.size}`;
  const node = draftNode({
    id,
    kind: "constant",
    operation: constantText(t),
    name: t.label ?? "",
    types: [t],
  });
  const value = number === undefined ? frame.canvas.shared(frame.cluster, node) : numberValue(number);
  frame.values.set(t, value);
  return value;
}

/** A node of the frame's tape as a reader of values. */
export function readerAt(frame: Frame, place: Place, cluster: Draft): Reader {
  const { body, canvas } = frame;
  const own = frame.step === undefined || place.step !== undefined;
  const at = own ? place : { ...place, loop: body, step: frame.step };
  return { cluster, place: at, position: canvas.position, body };
}

/** The frame's own cluster as a reader of values. */
export function readerIn(frame: Frame): Reader {
  return readerAt(frame, { path: [], sweep: frame.outside.sweep, loop: "", step: undefined }, frame.cluster);
}
