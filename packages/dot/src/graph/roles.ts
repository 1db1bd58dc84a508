import type { Tape, Tensor } from "@tapeloop/core";
import type { NodeKind } from "./model.js";

/** What an input of a drawn tape is, and what it is called. */
export interface Role {
  readonly kind: Extract<NodeKind, "parameter" | "input">;
  readonly name: string;
}

/**
 * The role of each input. Parameters are the tensors of the arguments that `params` names; by default those of the
 * first argument if it is a tree, since that is what `grad` differentiates by. On a traced tape they are what the
 * body captured.
 */
export function rolesOf(tape: Tape, params: number | readonly number[] | undefined): Map<Tensor, Role> {
  const named = typeof params === "number" ? [params] : params;
  const captured = new Set(tape.captures.values());
  return new Map(
    tape.inputs.map((t, i): [Tensor, Role] => {
      const origin = tape.origins.get(t);
      const isParameter =
        origin === undefined
          ? captured.has(t)
          : named === undefined
            ? origin.argument === 0 && origin.path !== ""
            : named.includes(origin.argument);
      const name = t.label ?? (origin === undefined ? `input ${i}` : `argument ${origin.argument}`);
      return [t, { kind: isParameter ? "parameter" : "input", name }];
    }),
  );
}
