import type { TapeNode } from "../../tape/tape.js";
import type { Host } from "../ir.js";
import type { Scope } from "./scope.js";

/** Lowers an operation that has no machine code here to a call of its reference kernel. */
export function lowerHost(scope: Scope, node: TapeNode): void {
  const inputs = node.inputs.map((t) => {
    const source = scope.source(t);
    return source.kind === "literal" ? { ...source.literal, shape: t.shape } : scope.view(t);
  });
  const outputs = node.outputs.map((t) => scope.allocate(t, t.label ?? node.op.name));
  const host: Host = {
    kind: "host",
    op: node.op,
    attrs: node.attrs,
    inputs,
    types: node.outputs.map(({ shape, dtype }) => ({ shape, dtype })),
    outputs,
    where: node.where,
    after: new Set(),
  };
  for (const input of inputs) if ("buffer" in input) scope.reads(host, input);
  scope.add(host);
  node.outputs.forEach((output, i) => {
    const view = outputs[i];
    if (view === undefined) return;
    scope.writes(host, view);
    scope.sources.set(output, { kind: "view", view });
  });
}
