import { count } from "../../graph/text.js";
import { html } from "./dom.js";
import type { Item, PageGraph } from "./graph.js";
import { itemTexts } from "./panel.js";
import { search } from "./search.js";

/** Hits that are listed at once. */
const LISTED = 100;

/** The field to search in, and the list of what was found: a combobox. */
export class SearchBox {
  readonly element: HTMLElement;
  readonly input = html("input", {
    type: "search",
    id: "search",
    role: "combobox",
    placeholder: "Search",
    "aria-label": "Search operations, names, scopes and shapes",
    "aria-controls": "hits",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    spellcheck: "false",
  });
  readonly #list = html("ul", { id: "hits", role: "listbox", "aria-label": "Hits" });
  readonly #summary = html("p", { class: "summary", role: "status" });
  readonly #popup = html("div", { class: "popup", hidden: true }, this.#summary, this.#list);
  readonly #graph: PageGraph;
  readonly #go: (item: Item) => void;
  readonly #leave: () => void;
  #hits: readonly Item[] = [];
  #active = -1;

  constructor(graph: PageGraph, actions: { readonly go: (item: Item) => void; readonly leave: () => void }) {
    this.#graph = graph;
    this.#go = actions.go;
    this.#leave = actions.leave;
    this.element = html("div", { class: "search", role: "search" }, this.input, this.#popup);
    this.input.addEventListener("input", () => this.#find());
    this.input.addEventListener("focus", () => this.#find());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest("[role=option]") : null;
      if (option !== null) this.#choose([...this.#list.children].indexOf(option));
    });
    // Not on leaving the field: a click on a hit leaves it first.
    document.addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !this.element.contains(target)) this.#close();
    });
  }

  #find(): void {
    const query = this.input.value.trim();
    if (query === "") {
      this.#close();
      return;
    }
    const { items, total } = search(this.#graph, query, LISTED);
    this.#hits = items;
    const shown = total > items.length ? `, the first ${items.length} shown` : "";
    this.#summary.textContent = total === 0 ? "Nothing found" : count(total, "hit") + shown;
    this.#list.replaceChildren(
      ...items.map((item, i) =>
        html(
          "li",
          { role: "option", id: `hit-${i}`, "aria-selected": "false" },
          ...itemTexts(this.#graph, item),
        ),
      ),
    );
    this.#popup.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#activate(items.length > 0 ? 0 : -1);
  }

  #activate(i: number): void {
    this.#list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = i;
    const option = this.#list.children[i];
    if (option === undefined) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  #key(event: KeyboardEvent): void {
    const n = this.#hits.length;
    if (event.key === "ArrowDown" && n > 0) this.#activate((this.#active + 1) % n);
    else if (event.key === "ArrowUp" && n > 0) this.#activate((this.#active - 1 + n) % n);
    else if (event.key === "Enter") this.#choose(this.#active);
    else if (event.key === "Escape") {
      this.input.value = "";
      this.#close();
      this.#leave();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #choose(i: number): void {
    const item = this.#hits[i];
    if (item === undefined) return;
    this.#close();
    this.#go(item);
  }

  #close(): void {
    this.#hits = [];
    this.#active = -1;
    this.#popup.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
