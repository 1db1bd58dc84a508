import type { Tensor, TapeNode } from "@tapeloop/core";
import type { Draft } from "./draft.js";
import type { ClusterKind } from "./model.js";

/** One level of nesting: which cluster a node belongs to there. */
export interface Segment {
  readonly kind: ClusterKind;
  readonly title: string;
  /** The cluster, if it is there already. */
  readonly cluster?: Draft;
}

/** Where a node is drawn, and which pass and time step it belongs to. */
export interface Place {
  /** From the outside in: the pass, scopes around the time loop, the step, scopes within it. */
  readonly path: readonly Segment[];
  /** Tells apart the derivative sweeps of a program; empty for what no sweep made. */
  readonly sweep: string;
  /** Tells apart the unrolled loops of a tape. */
  readonly loop: string;
  readonly step: number | undefined;
}

/** What a tape's nodes have in common, and need not show. */
export interface Outside {
  readonly scope: string;
  /** The sweep that made the loop whose body the tape is: all its nodes belong to it, so none needs to say so. */
  readonly sweep: string;
}

const titles = { vjp: "backward pass", jvp: "tangent pass" };

/** Finds the place of each node; to be asked in the tape's order. */
export function placer(outside: Outside): (node: TapeNode) => Place {
  const sweepOf = sweeps();
  // Most operations stand where the one before stands.
  let last:
    (Pick<TapeNode["where"], "scope" | "step" | "loopScope"> & { title: string; place: Place }) | undefined;
  return (node) => {
    const { scope, step, loopScope } = node.where;
    const own = outside.sweep === "" ? sweepOf(node) : undefined;
    const title = own?.title ?? "";
    if (last?.scope === scope && last.step === step && last.loopScope === loopScope && last.title === title) {
      return last.place;
    }
    const sweep = own === undefined ? outside.sweep : own.title;
    const within = scopesBelow(scope, outside.scope);
    const around = step === undefined ? within : scopesBelow(loopScope, outside.scope);
    const path: Segment[] = [];
    if (own !== undefined) path.push({ kind: "sweep", title: own.title });
    for (const title of readable(within.slice(0, around.length))) path.push({ kind: "scope", title });
    if (step !== undefined) path.push({ kind: "step", title: `t = ${step}` });
    for (const title of readable(within.slice(around.length))) path.push({ kind: "scope", title });
    const place = { path, sweep, loop: `${sweep}:${loopScope}`, step };
    last = { scope, step, loopScope, title, place };
    return place;
  };
}

/** Scopes within each other that are drawn; nobody reads more, and whatever walks through them need not fear their depth. */
const DEEPEST = 50;

/** Scopes as they are drawn: from a certain depth on, all as one. */
function readable(scopes: readonly string[]): readonly string[] {
  if (scopes.length <= DEEPEST) return scopes;
  return [...scopes.slice(0, DEEPEST - 1), scopes.slice(DEEPEST - 1).join("/")];
}

function scopesBelow(scope: string, outer: string): string[] {
  const inner = outer === "" ? scope : scope === outer ? "" : scope.replace(`${outer}/`, "");
  return inner === "" ? [] : inner.split("/");
}

/**
 * Tells the derivative sweeps of a tape apart. A sweep's nodes follow each other, and the operations that they
 * differentiate come in order: back through the tape in a reverse sweep, forwards in a forward sweep. Where that
 * order is broken a new sweep began.
 */
function sweeps(): (node: TapeNode) => { readonly title: string } | undefined {
  const positions = new Map<Tensor, number>();
  const counts = { vjp: 0, jvp: 0 };
  let last: { readonly mode: "vjp" | "jvp"; readonly at: number; readonly title: string } | undefined;
  return ({ index, outputs, where: { derivative } }) => {
    for (const t of outputs) positions.set(t, index);
    if (derivative === undefined) return (last = undefined);
    const { mode, of } = derivative;
    const at = positions.get(of) ?? last?.at ?? 0;
    if (last?.mode === mode && (mode === "vjp" ? at <= last.at : at >= last.at))
      return (last = { ...last, at });
    const nth = ++counts[mode];
    return (last = { mode, at, title: nth === 1 ? titles[mode] : `${titles[mode]} ${nth}` });
  };
}
