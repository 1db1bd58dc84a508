import { identity } from "../ops/cast.js";
import { replay } from "../tape/record.js";
import { runRecording, Tape } from "../tape/tape.js";
import { zerosLike } from "../tensor/create.js";
import { isFloat } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { forward } from "../transforms/forward.js";
import { varyingCarries } from "./activity.js";
import { at, indices, link } from "./lists.js";
import { scanFlat, type ScanNode } from "./scan-op.js";

/** The forward rule: a scan in the same direction over pairs of values and tangents. */
export function tangentScan(
  tangents: readonly (Tensor | undefined)[],
  { inputs, attrs }: ScanNode,
): (Tensor | undefined)[] {
  const { body, carry, xs, length, reverse, names } = attrs;
  const given = inputs.map((x, i) => isFloat(x.dtype) && tangents[i] !== undefined);
  const varies = varyingCarries(body, carry, given);
  const states = indices(carry).filter((i) => varies[i] === true);
  const rows = indices(carry + xs).filter((i) => i >= carry && tangents[i] !== undefined);
  const captured = inputs.slice(carry + xs).map(identity);
  const ys = indices(body.outputs.length).filter(
    (i) => i >= carry && isFloat(body.outputs[i]?.dtype ?? "bool"),
  );
  const initial = [...inputs.slice(0, carry), ...states.map((i) => tangents[i] ?? zerosLike(at(inputs, i)))];
  const data = [...inputs.slice(carry, carry + xs), ...rows.map((i) => at(tangents, i))];
  const results = scanFlat(
    (carried, x) => {
      const own = [...carried.slice(0, carry), ...x.slice(0, xs), ...captured];
      const tape = new Tape();
      const outputs = runRecording(tape, () => replay(body, own));
      const seeds = new Map<Tensor, Tensor>();
      states.forEach((i, k) => link(seeds, own[i], carried[carry + k]));
      rows.forEach((i, k) => link(seeds, own[i], x[xs + k]));
      captured.forEach((t, k) => link(seeds, t, tangents[carry + xs + k]));
      const found = forward(tape, seeds, outputs);
      const tangent = (i: number): Tensor => found[i] ?? zerosLike(at(body.outputs, i));
      return [...outputs.slice(0, carry), ...states.map(tangent), ...ys.map(tangent)];
    },
    initial,
    data,
    { length, reverse, names: [...names, ...states.map((i) => `d${names[i] ?? i}`)] },
  );
  const found: (Tensor | undefined)[] = body.outputs.map(() => undefined);
  states.forEach((i, k) => (found[i] = results[carry + k]));
  ys.forEach((i, k) => (found[i] = results[carry + states.length + k]));
  return found;
}
