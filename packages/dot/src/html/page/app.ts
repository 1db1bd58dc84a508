import { count } from "../../graph/text.js";
import type { Camera } from "./camera.js";
import { button, html } from "./dom.js";
import { headline } from "./facts.js";
import { FollowBar } from "./follow-bar.js";
import { Folding } from "./folding.js";
import { Following } from "./following.js";
import { clusterItem, clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import { highlight } from "./highlight.js";
import { keyHandler } from "./keys.js";
import type { Layouter } from "./layout.js";
import { itemPanel, overview, type PanelActions } from "./panel.js";
import { Picture } from "./picture.js";
import { SearchBox } from "./search-box.js";
import { Tooltip } from "./tooltip.js";
import { firstItem, nextItem, type Direction } from "./walk.js";

interface Change {
  /** What stays where it is seen. */
  readonly anchor?: Item | undefined;
  /** What gets the focus. */
  readonly focus?: Item | undefined;
  readonly fit?: boolean;
}

/** The page: a toolbar, the drawing, and a panel that says what is known of the chosen item. */
export class App {
  readonly elements: readonly HTMLElement[];
  readonly #graph: PageGraph;
  readonly #folding: Folding;
  readonly #picture: Picture;
  readonly #panel = html("aside", { "aria-label": "Details", tabindex: -1 });
  readonly #status = html("p", { class: "status", role: "status" });
  readonly #tooltip: Tooltip;
  readonly #search: SearchBox;
  readonly #bar: FollowBar;
  readonly #actions: PanelActions = {
    go: (item) => void this.go(item),
    toggle: (cluster) => void this.toggle(cluster),
    follow: (node) => void this.follow(node),
  };
  #current: Item | undefined;
  #following: Following | undefined;

  constructor(graph: PageGraph, layouter: Layouter) {
    this.#graph = graph;
    this.#picture = new Picture(graph, layouter);
    this.#folding = new Folding(graph);
    this.#tooltip = new Tooltip(graph);
    this.#search = new SearchBox(graph, {
      go: (item) => void this.go(item),
      leave: () => this.#focus(this.#current),
    });
    this.#bar = new FollowBar({
      step: (by) => void this.stepFollowing(by),
      stop: () => this.stopFollowing(),
    });
    const tools = html(
      "div",
      { class: "tools", role: "group", "aria-label": "View" },
      button("Fit", () => this.fit(), { title: "Show all (0)" }),
      button("−", () => this.#picture.camera.zoomBy(1 / 1.3), { "aria-label": "Smaller" }),
      button("+", () => this.#picture.camera.zoomBy(1.3), { "aria-label": "Larger" }),
      button("Fold all", () => void this.#fold(() => this.#folding.foldAll())),
      button("Start over", () => void this.#fold(() => this.#folding.reset())),
    );
    this.elements = [
      html("header", {}, html("h1", {}, graph.data.title), this.#search.element, tools),
      html("main", {}, this.#picture.view, this.#status, this.#bar.element),
      this.#panel,
      this.#tooltip.element,
    ];
    this.#listen();
  }

  async start(): Promise<void> {
    await this.#update({ fit: true });
    // Only now, so that nothing stands between opening the page and its first drawing.
    requestAnimationFrame(() => {
      performance.mark("first-drawing");
      this.#showPanel();
    });
  }

  fit(): void {
    this.#picture.fit(true);
  }

  /** Opens or folds a cluster. */
  async toggle(cluster: number): Promise<void> {
    const item = clusterItem(cluster);
    if (this.#folding.isOpen(cluster)) {
      this.#folding.fold(cluster);
      this.#say(`Folded ${headline(this.#graph, item)}`);
    } else this.#sayFolded(`Opened ${headline(this.#graph, item)}`, this.#folding.open(cluster));
    await this.#update({ anchor: item, focus: item });
  }

  /** Draws an item, wherever it is, and gives it the focus. */
  async go(item: Item): Promise<void> {
    const folded = this.#picture.drawing?.items.has(item) === true ? [] : this.#folding.reveal(item);
    this.#sayFolded("", folded);
    await this.#update({ focus: item });
  }

  /** Follows a value; its uses are shown one by one. */
  async follow(node: number): Promise<void> {
    this.#following = new Following(this.#graph, this.#graph.value(node));
    await this.stepFollowing(1);
  }

  async stepFollowing(by: number): Promise<void> {
    const use = this.#following?.step(by);
    this.#bar.show(this.#graph, this.#following);
    if (use === undefined) this.#highlight();
    else await this.go(use);
  }

  stopFollowing(): void {
    this.#following = undefined;
    this.#bar.show(this.#graph, undefined);
    this.#highlight();
  }

  /** Enter: opens or folds a cluster, follows a parameter. */
  activate(item: Item): void {
    if (isClusterItem(item)) void this.toggle(clusterOfItem(item));
    else if (this.#graph.kind(item) === "parameter") void this.follow(item);
    else this.#panel.focus();
  }

  walk(direction: Direction): void {
    const { drawing } = this.#picture;
    if (drawing === undefined) return;
    const from = this.#current;
    const isHere = from !== undefined && drawing.items.has(from);
    this.#focus(isHere ? nextItem(drawing, from, direction) : firstItem(drawing));
  }

  foldAround(): void {
    const item = this.#current;
    if (item === undefined) return;
    const around = isClusterItem(item)
      ? this.#graph.around(clusterOfItem(item)).find((cluster) => this.#folding.isOpen(cluster))
      : this.#graph.around(this.#graph.home(item))[0];
    if (around !== undefined) void this.toggle(around);
  }

  /** Escape: from the inside out, what is chosen, then what is followed. */
  leave(): void {
    this.#tooltip.hide();
    if (this.#following !== undefined) {
      this.stopFollowing();
      return;
    }
    this.#current = undefined;
    this.#picture.view.querySelector<SVGElement>("[tabindex='0']")?.blur();
    this.#highlight();
    this.#showPanel();
  }

  get camera(): Camera {
    return this.#picture.camera;
  }

  search(): void {
    this.#search.input.focus();
    this.#search.input.select();
  }

  async #fold(change: () => void): Promise<void> {
    change();
    this.#current = undefined;
    this.#showPanel();
    await this.#update({ fit: true });
  }

  async #update({ anchor, focus, fit = false }: Change): Promise<void> {
    const scene = this.#folding.scene();
    try {
      if (!(await this.#picture.show(scene, anchor))) return;
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      return;
    }
    if (fit) this.#picture.fit(false);
    if (scene.left > 0) this.#say(`${count(scene.left, "value")} too many to draw: search finds them`);
    else if (fit && scene.loose.length > 0) {
      this.#say(
        `${count(scene.loose.length, "edge")} between the passes not drawn: choose a node to see its own`,
      );
    }
    this.#highlight();
    this.#focus(focus);
  }

  /** Gives an item the focus, and the panel. */
  #focus(item: Item | undefined): void {
    if (item === undefined || !this.#picture.focus(item)) return;
    this.#current = item;
    this.#picture.makeStop(item);
    this.#highlight();
    this.#showPanel();
  }

  #showPanel(): void {
    const item = this.#current;
    this.#panel.replaceChildren(
      ...(item === undefined
        ? overview(this.#graph, this.#actions)
        : itemPanel(
            this.#graph,
            item,
            isClusterItem(item) && this.#folding.isOpen(clusterOfItem(item)),
            this.#actions,
          )),
    );
    this.#panel.scrollTop = 0;
  }

  #highlight(): void {
    const { drawing } = this.#picture;
    if (drawing !== undefined) highlight(this.#graph, drawing, this.#current, this.#following);
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }

  #sayFolded(text: string, folded: readonly number[]): void {
    const more =
      folded.length === 0 ? "" : `folded ${count(folded.length, "other")} to keep the drawing legible`;
    this.#say([text, more].filter((part) => part !== "").join("; "));
  }

  #listen(): void {
    const { view } = this.#picture;
    view.addEventListener("click", ({ target }) => {
      const item = this.#picture.itemAt(target);
      if (item === undefined || this.#picture.camera.dragged) return;
      if (isClusterItem(item)) void this.toggle(clusterOfItem(item));
      else this.#focus(item);
    });
    view.addEventListener("focusin", ({ target }) => {
      const item = this.#picture.itemAt(target);
      if (item !== undefined && item !== this.#current) this.#focus(item);
    });
    view.addEventListener("pointermove", ({ target, clientX, clientY, pointerType, buttons }) => {
      const item = this.#picture.itemAt(target);
      if (item === undefined || pointerType === "touch" || buttons !== 0) this.#tooltip.hide();
      else this.#tooltip.show(item, clientX, clientY);
    });
    view.addEventListener("pointerleave", () => this.#tooltip.hide());
    document.addEventListener(
      "keydown",
      keyHandler(this, view, () => this.#current),
    );
  }
}
