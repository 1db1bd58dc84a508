/**
 * Every error Tapeloop raises on purpose is a {@link TapeloopError}; the subclass says whose rule was broken.
 * Messages have one voice: what failed, what it got, what it expected, and where (scope and time step).
 */
export class TapeloopError extends Error {
  override name = "TapeloopError";
  /** Scope path and time step in which the error arose, such as `lstm/forget, t = 3`; empty outside any scope. */
  where = "";

  /** Adds the place to the message, once: the innermost operation knows it best. */
  locate(where: string): this {
    if (where !== "" && this.where === "") {
      this.where = where;
      this.message += `; in ${where}`;
    }
    return this;
  }
}

/** Shapes, axes or sizes that do not fit together. */
export class ShapeError extends TapeloopError {
  override name = "ShapeError";
}

/** A dtype that an operation does not take, or a mix of dtypes. */
export class DtypeError extends TapeloopError {
  override name = "DtypeError";
}

/** An argument that is out of its range or of the wrong kind. */
export class ArgumentError extends TapeloopError {
  override name = "ArgumentError";
}

/** A value asked of an abstract tensor, or a tensor used outside the trace that it belongs to. */
export class TraceError extends TapeloopError {
  override name = "TraceError";
}

/** The case of a TraceError in which a tensor is used after the trace that it belongs to has ended. */
export class EndedTraceError extends TraceError {
  /** As every TraceError: this class is the library's own way to tell. */
  override name = "TraceError";
  constructor(
    op: string,
    /** The tensor, in words. */
    readonly got: string,
  ) {
    super(
      `${op}: got ${got} from a scan body or compiled function that has ended; ` +
        "return it from the body instead of storing it outside, and give it to a customGradient as an argument",
    );
  }
}

/** A derivative that does not exist: no rule, a loss that is not a scalar, an integer argument. */
export class GradientError extends TapeloopError {
  override name = "GradientError";
}
