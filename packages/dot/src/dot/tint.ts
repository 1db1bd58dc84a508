import type { GraphNode } from "../graph/model.js";
import type { Mark, Overlay } from "../overlay/overlay.js";
import type { Paint } from "./palette.js";

/** The darkest tint of an amount: dark text on it keeps a contrast above 7 : 1. */
const DARKEST = [0x7f, 0xb8, 0xdd] as const;

const tones: Record<Exclude<Mark["tone"], "amount" | "none">, Paint> = {
  right: { fill: "#c3e8d8", line: "#00795a" },
  wrong: { fill: "#f6b89a", line: "#b84d00" },
  undecided: { fill: "#f7ef9f", line: "#857a00" },
};

/** What an overlay says of a node: of its first value. */
export function markOf(
  { kind, types: [value], step }: GraphNode,
  overlay: Overlay | undefined,
): Mark | undefined {
  if (value === undefined || (overlay?.isOfOperations === true && kind !== "operation")) return undefined;
  return overlay?.markOf(value, step);
}

/** The colours of a node with a mark, if it has any; its outline is that of its kind where the mark is an amount. */
export function tinted({ tone, strength }: Mark, { line }: Paint): Paint | undefined {
  if (tone === "none") return undefined;
  if (tone !== "amount") return tones[tone];
  const part = Math.min(1, Math.max(0, strength));
  const hex = DARKEST.map((c) => Math.round(0xff + (c - 0xff) * part).toString(16));
  return { fill: `#${hex.map((digits) => digits.padStart(2, "0")).join("")}`, line };
}
