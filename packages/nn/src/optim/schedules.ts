import {
  ArgumentError,
  add,
  cast,
  checkFunction,
  checkNumber,
  checkTensor,
  cos,
  div,
  floor,
  full,
  maximum,
  minimum,
  mul,
  optionsOf,
  pow,
  shown,
  sub,
  tensor,
  type Tensor,
} from "@tapeloop/core";

/**
 * A quantity that changes with the count of updates made so far: 0 for the first update. Of a tensor [] it gives a
 * float64 tensor [] (made of core operations, so it compiles with the training step), of a number a number.
 */
export interface Schedule {
  (step: Tensor): Tensor;
  (step: number): number;
}

/** A schedule from its formula for a float64 scalar. */
export function defineSchedule(formula: (step: Tensor) => Tensor): Schedule {
  checkFunction("defineSchedule", formula);
  function schedule(step: Tensor): Tensor;
  function schedule(step: number): number;
  function schedule(step: Tensor | number): Tensor | number {
    if (typeof step === "number") return valueOf(formula(tensor(step, { dtype: "float64" }))).item();
    return valueOf(
      formula(cast(checkTensor("schedule", step, "a step: a number or a tensor []"), "float64")),
    );
  }
  return schedule;
}

function valueOf(value: Tensor): Tensor {
  return checkTensor("schedule", value, "a tensor [] as the formula's value");
}

/** The same value for ever. Throws ArgumentError unless it is 0 or more. */
export function constant(value: number): Schedule {
  atLeastZero("constant: value", value);
  return defineSchedule(() => full([], value, { dtype: "float64" }));
}

/** Settings of a decay by a factor. */
export interface DecayOptions {
  /** The value at step 0. */
  readonly initial: number;
  /** What the value is multiplied with … */
  readonly factor: number;
  /** … in the course of so many updates. */
  readonly every: number;
}

/** Decay in stairs: initial · factor^⌊step / every⌋. Throws ArgumentError for settings out of range. */
export function stepDecay(options: DecayOptions): Schedule {
  const { initial, factor, every } = optionsOf("stepDecay", options);
  checkDecay("stepDecay", { initial, factor, every });
  return defineSchedule((step) => mul(initial, pow(factor, floor(div(step, every)))));
}

/** Smooth decay: initial · factor^(step / every). Throws ArgumentError for settings out of range. */
export function exponentialDecay(options: DecayOptions): Schedule {
  const { initial, factor, every } = optionsOf("exponentialDecay", options);
  checkDecay("exponentialDecay", { initial, factor, every });
  return defineSchedule((step) => mul(initial, pow(factor, div(step, every))));
}

/**
 * Half a cosine from `initial` at step 0 down to `final` at step `steps`, and `final` from then on:
 * final + ½ (initial − final) (1 + cos(π · step / steps)).
 * Source: I. Loshchilov and F. Hutter, SGDR: stochastic gradient descent with warm restarts (2017), eq. 5.
 *
 * @throws ArgumentError for settings out of range
 */
export function cosineDecay(options: {
  readonly initial: number;
  readonly steps: number;
  readonly final?: number;
}): Schedule {
  const { initial, steps, final = 0 } = optionsOf("cosineDecay", options);
  atLeastZero("cosineDecay: initial", initial);
  atLeastZero("cosineDecay: final", final);
  positiveWhole("cosineDecay: steps", steps);
  return defineSchedule((step) => {
    const angle = mul(Math.PI, div(minimum(step, steps), steps));
    return add(final, mul((initial - final) / 2, add(1, cos(angle))));
  });
}

/**
 * Warm-up: the value rises in a straight line over the first `steps` updates, the last of which has the first value
 * of `then`; after it, `then` goes on. `warmUp(100, cosineDecay({ initial: 1e-3, steps: 1000 }))` lasts 1,099 updates.
 */
export function warmUp(steps: number, then: Schedule): Schedule {
  positiveWhole("warmUp: steps", steps);
  checkFunction("warmUp", then, "a schedule to go on with");
  return defineSchedule((step) => {
    const ramp = minimum(div(add(step, 1), steps), 1);
    return mul(ramp, then(maximum(sub(step, steps - 1), 0)));
  });
}

function checkDecay(name: string, { initial, factor, every }: DecayOptions): void {
  atLeastZero(`${name}: initial`, initial);
  checkNumber(name, "factor", factor);
  if (!(factor > 0 && factor < Infinity)) {
    throw new ArgumentError(`${name}: factor: got ${factor}, expected a positive number`);
  }
  positiveWhole(`${name}: every`, every);
}

function atLeastZero(what: string, value: number): void {
  if (!Number.isFinite(value) || value < 0) {
    throw new ArgumentError(`${what}: got ${shown(value)}, expected a number of 0 or more`);
  }
}

function positiveWhole(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new ArgumentError(`${what}: got ${shown(value)}, expected a whole number of 1 or more`);
  }
}
