import { count } from "../../graph/text.js";
import { button, html } from "./dom.js";
import { headline } from "./facts.js";
import type { Following } from "./following.js";
import type { PageGraph } from "./graph.js";

/** Says what is followed, and leads from use to use. */
export class FollowBar {
  readonly #text = html("span", { role: "status" });
  readonly element: HTMLElement;

  constructor(actions: { readonly step: (by: number) => void; readonly stop: () => void }) {
    this.element = html(
      "div",
      { class: "follow", hidden: true, role: "group", "aria-label": "Followed value" },
      this.#text,
      button("‹", () => actions.step(-1), { "aria-label": "Previous use", "aria-keyshortcuts": "p" }),
      button("›", () => actions.step(1), { "aria-label": "Next use", "aria-keyshortcuts": "n" }),
      button("×", actions.stop, { "aria-label": "Stop following" }),
    );
  }

  show(graph: PageGraph, following: Following | undefined): void {
    this.element.hidden = following === undefined;
    if (following === undefined) return;
    const { uses, at, value } = following;
    const which =
      at < 0 ? count(uses.length, "use") : `use ${at + 1} of ${count(uses.length, "use").replace(/ .*/, "")}`;
    const name = html("b", {}, headline(graph, value) || "unnamed");
    this.#text.replaceChildren("Following ", name, `: ${which}`);
  }
}
