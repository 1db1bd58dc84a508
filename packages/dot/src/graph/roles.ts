import type { Tape, Tensor } from "@tapeloop/core";
import type { NodeKind } from "./model.js";

/** What an input of a drawn tape is, and what it is called. */
export interface Role {
  readonly kind: Extract<NodeKind, "parameter" | "input">;
  readonly name: string;
}

/**
 * The role of each input that is drawn. Parameters are the tensors of the arguments that `params` names; by default those
 * of the first argument if it is a tree, since that is what `grad` differentiates by. Tensors that a function used
 * without getting them as arguments are the parameters of a loop's body; those of a program are its constants, and left
 * out where nothing reads them any more.
 */
export function rolesOf(tape: Tape, params: number | readonly number[] | undefined): Map<Tensor, Role> {
  const named = typeof params === "number" ? [params] : params;
  const captured = new Set(tape.captures.values());
  const isProgram = tape.origins.size > 0;
  const read = new Set(
    isProgram && captured.size > 0 ? [...tape.nodes.flatMap(({ inputs }) => inputs), ...tape.outputs] : [],
  );
  return new Map(
    tape.inputs.flatMap((t, i): [Tensor, Role][] => {
      const origin = tape.origins.get(t);
      if (origin === undefined) {
        if (!isProgram || !captured.has(t))
          return [[t, { kind: captured.has(t) ? "parameter" : "input", name: t.label ?? `input ${i}` }]];
        return read.has(t) ? [[t, { kind: "input", name: t.label ?? "constant" }]] : [];
      }
      const isParameter =
        named === undefined ? origin.argument === 0 && origin.path !== "" : named.includes(origin.argument);
      const name = t.label ?? `argument ${origin.argument}`;
      return [[t, { kind: isParameter ? "parameter" : "input", name }]];
    }),
  );
}
