import { readFileSync } from "node:fs";
import type { Client } from "./client.js";
import type { Problem } from "./problem.js";

/** What three training steps must give. */
export interface Answer {
  /** The loss of each step. */
  readonly losses: readonly number[];
  /** All parameters afterwards, by name. */
  readonly params: Readonly<Record<string, Float64Array>>;
  /** Milliseconds of the first step, which is also the first call. */
  readonly first: number;
}

const STEPS = 3;
/** Of the largest update of an array: float32 is far below it, a wrong gradient far above. */
const TOLERANCE = 0.01;
const EPSILON = 2 ** -23;

/** Takes the three steps. */
export async function takeSteps(client: Client, { params }: Problem, file: string): Promise<Answer> {
  const losses: number[] = [];
  let first = NaN;
  for (let i = 0; i < STEPS; i++) {
    const { loss = NaN, wall = NaN } = await client.ask({ do: "step", times: 1 });
    if (i === 0) first = wall;
    losses.push(loss);
  }
  await client.ask({ do: "params", file });
  const bytes = readFileSync(file);
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  let end = 0;
  const read = Object.entries(params).map(([name, { data }]) => {
    const start = end;
    end += data.length;
    return [name, all.slice(start, end)] as const;
  });
  if (end !== all.length) throw new Error(`got ${all.length} parameters, expected ${end}`);
  return { losses, params: Object.fromEntries(read), first };
}

/** Throws unless three steps move every parameter so far that a mistake in its gradient would show. */
export function checkVisible(truth: Answer, { params }: Problem): void {
  for (const [name, { data }] of Object.entries(params)) {
    const update = updateOf(data, truth.params[name]);
    if (update >= 100 * roundingOf(data)) continue;
    throw new Error(
      `${name} moves by ${update.toExponential(1)}: too little for the comparison to see mistakes`,
    );
  }
}

/** Why an answer is wrong, or undefined when it is right. What counts is how far the parameters were moved. */
export function mistake(answer: Answer, truth: Answer, { params }: Problem): string | undefined {
  for (const [i, want] of truth.losses.entries()) {
    const got = answer.losses[i] ?? NaN;
    if (!(Math.abs(got - want) <= 1e-4 * Math.abs(want)))
      return `loss ${got} in step ${i + 1}, expected ${want}`;
  }
  for (const [name, { data }] of Object.entries(params)) {
    const [got, want] = [answer.params[name] ?? [], truth.params[name] ?? []];
    const update = updateOf(data, want);
    const error = largestOf(data, (_, i) => (got[i] ?? NaN) - (want[i] ?? NaN));
    if (error <= TOLERANCE * update + roundingOf(data)) continue;
    return `${name} is off by ${(error / update).toExponential(1)} of its update after ${STEPS} steps`;
  }
  return undefined;
}

function updateOf(before: Float32Array, after: ArrayLike<number> = []): number {
  return largestOf(before, (x, i) => (after[i] ?? NaN) - x);
}

/** What rounding the parameters to float32 may add up to. */
function roundingOf(data: Float32Array): number {
  return STEPS * EPSILON * largestOf(data, (x) => x);
}

/** The largest size of what is made of the elements; NaN when any of it is. */
function largestOf(data: Float32Array, fn: (x: number, index: number) => number): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(fn(data[i] ?? NaN, i));
    if (!(size <= largest)) largest = size;
    if (Number.isNaN(size)) return NaN;
  }
  return largest;
}
