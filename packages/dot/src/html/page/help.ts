import { html } from "./dom.js";

const keys: readonly (readonly [string, string])[] = [
  ["← →", "along an edge, to an operand or a reader"],
  ["↑ ↓", "to what stands above or below"],
  ["Enter", "open or fold; follow a parameter"],
  ["Backspace", "fold what is around"],
  ["n  p", "next and previous use of what is followed"],
  ["/", "search"],
  ["+  −  0", "larger, smaller, all"],
  ["Shift + arrows", "move the drawing"],
  ["Escape", "leave"],
];

const legend: readonly (readonly [string, string])[] = [
  ["operation linear", "linear operation"],
  ["operation nonlinear", "nonlinear operation"],
  ["operation plain", "other operation"],
  ["operation derivative", "operation of a derivative"],
  ["parameter plain", "parameter"],
  ["state plain", "state of a loop"],
  ["input plain", "input or output"],
  ["folded step", "folded part"],
];

/** Legend and keys, at the end of the panel. */
export function help(): readonly Node[] {
  const samples = html("ul", { class: "legend" });
  for (const [kind, text] of legend) {
    samples.append(html("li", {}, html("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), text));
  }
  const list = html("dl", { class: "keys" });
  for (const [key, text] of keys) list.append(html("dt", {}, html("kbd", {}, key)), html("dd", {}, text));
  return [
    html("h3", {}, "Legend"),
    samples,
    html("h3", {}, "Keys"),
    list,
    html(
      "p",
      { class: "hint" },
      "Search words may stand anywhere; op:tanh, name:h, scope:forget, shape:[8, 32] and t:3 look in one place.",
    ),
  ];
}
