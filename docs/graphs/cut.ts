import { isTape, Tape, type TapeNode, type Tensor } from "@tapeloop/core";

/** The body of the loop with this number on a tape, counted from 0. */
export function bodyOf(tape: Tape | undefined, loop: number): Tape {
  const bodies = (tape?.nodes ?? []).flatMap(({ attrs }) =>
    "body" in attrs && isTape(attrs.body) ? [attrs.body] : [],
  );
  const body = bodies[loop];
  if (body === undefined) throw new Error(`got loop ${loop}, the tape has ${bodies.length}`);
  return body;
}

/** Names for what has none where a cut-out begins and ends, in order. */
interface EdgeNames {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/** A cut-out: some nodes of a tape, as a tape that is given what they read and returns what others read of them. */
export function cut(tape: Tape, isWanted: (node: TapeNode) => boolean, names: EdgeNames = {}): Tape {
  const wanted = tape.nodes.filter(isWanted);
  const made = new Set(wanted.flatMap(({ outputs }) => outputs));
  const isGiven = (t: Tensor): boolean => !made.has(t) && !constants.has(t);
  const constants = new Set(tape.constants);
  const others = tape.nodes.filter((node) => !wanted.includes(node)).flatMap(({ inputs }) => inputs);
  const returned = new Set([...others, ...tape.outputs]);

  const part = new Tape({ isAbstract: true });
  part.inputs.push(...new Set(wanted.flatMap(({ inputs }) => inputs.filter(isGiven))));
  for (const { op, inputs, outputs, attrs, where } of wanted) part.push(op, inputs, outputs, attrs, where);
  part.outputs = [...made].filter((t) => returned.has(t));
  nameAll(part.inputs, names.inputs);
  nameAll(part.outputs, names.outputs);
  // What a traced tape captures is drawn as a parameter.
  for (const t of part.inputs) if (isWeight(t)) part.captures.set(t, t);
  return part;
}

function nameAll(tensors: readonly Tensor[], names: readonly string[] = []): void {
  const nameless = tensors.filter((t) => t.label === undefined);
  nameless.forEach((t, i) => (t.label = names[i]));
}

/** Whether an input is a weight or a bias, or a part of one: w, bf, woᵀ, wf[0:4]. */
function isWeight({ label = "" }: Tensor): boolean {
  return /^[wb][fico]?(\W|$)/.test(label);
}

/** Names what a loop's reverse sweep reads of the loop as it is called there. */
export function nameSaved(tape: Tape): Tape {
  const names = new Map<Tensor, string>();
  for (const { attrs, inputs, outputs } of tape.nodes) {
    if (!("body" in attrs) || !isTape(attrs.body)) continue;
    const { body } = attrs;
    body.inputs.forEach((t, i) => {
      const outer = inputs[i];
      const name = outer && names.get(outer);
      if (name !== undefined) t.label ??= name;
    });
    outputs.forEach((t, i) => {
      const name = body.outputs[i]?.label;
      if (name !== undefined) names.set(t, name);
    });
  }
  return tape;
}
