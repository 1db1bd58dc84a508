import { count } from "../../graph/text.js";
import { Camera } from "./camera.js";
import { button, html, svg } from "./dom.js";
import { draw, type Drawing } from "./drawing.js";
import { headline } from "./facts.js";
import { FollowBar } from "./follow-bar.js";
import { Folding } from "./folding.js";
import { Following } from "./following.js";
import { clusterItem, clusterOfItem, isClusterItem, type Item, type PageGraph } from "./graph.js";
import { highlight } from "./highlight.js";
import { keyHandler } from "./keys.js";
import type { Layouter } from "./layout.js";
import { itemPanel, overview, type PanelActions } from "./panel.js";
import { SearchBox } from "./search-box.js";
import { faceOf } from "./sizes.js";
import { stackParts } from "./stack.js";
import { layoutText } from "./to-layout.js";
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
  readonly #layouter: Layouter;
  readonly #folding: Folding;
  readonly #view = svg("svg", {
    class: "view",
    role: "application",
    "aria-label": "Graph: arrow keys follow edges, Enter opens and folds",
  });
  readonly #camera = new Camera(this.#view);
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
  #drawing: Drawing | undefined;
  #current: Item | undefined;
  #following: Following | undefined;

  constructor(graph: PageGraph, layouter: Layouter) {
    this.#graph = graph;
    this.#layouter = layouter;
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
      button("−", () => this.#camera.zoomBy(1 / 1.3), { "aria-label": "Smaller" }),
      button("+", () => this.#camera.zoomBy(1.3), { "aria-label": "Larger" }),
      button("Fold all", () => void this.#fold(() => this.#folding.foldAll())),
      button("Start over", () => void this.#fold(() => this.#folding.reset())),
    );
    this.elements = [
      html("header", {}, html("h1", {}, graph.data.title), this.#search.element, tools),
      html("main", {}, this.#view, this.#status, this.#bar.element),
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
    if (this.#drawing !== undefined) this.#camera.fit(this.#drawing.width, this.#drawing.height, true);
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
    const folded = this.#drawing?.items.has(item) === true ? [] : this.#folding.reveal(item);
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
    if (this.#drawing === undefined) return;
    const { items } = this.#drawing;
    const from = this.#current;
    const next =
      from === undefined || !items.has(from)
        ? firstItem(this.#drawing)
        : nextItem(this.#drawing, from, direction);
    if (next !== undefined) this.#focus(next);
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
    this.#view.querySelector<SVGElement>("[tabindex='0']")?.blur();
    this.#highlight();
    this.#showPanel();
  }

  get camera(): Camera {
    return this.#camera;
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
    const faces = new Map(scene.items.map((item) => [item, faceOf(this.#graph, item)]));
    const before = anchor === undefined ? undefined : this.#drawing?.items.get(anchor);
    const seen = before === undefined ? undefined : this.#camera.seenAt(before.centre);
    let layout;
    try {
      layout = await this.#layouter.layout(layoutText(this.#graph, scene, faces));
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      return;
    }
    if (layout === undefined) return;
    const heights = new Map([...faces].map(([item, { height }]) => [item, height]));
    const drawing = draw(this.#graph, scene, faces, stackParts(this.#graph, scene, layout, heights));
    this.#drawing = drawing;
    this.#view.replaceChildren(drawing.stage);
    this.#camera.show(drawing.stage);
    const after = anchor === undefined ? undefined : drawing.items.get(anchor);
    if (fit) this.#camera.fit(drawing.width, drawing.height, false);
    else if (seen !== undefined && after !== undefined) this.#camera.place(after.centre, seen);
    if (scene.left > 0) this.#say(`${count(scene.left, "value")} too many to draw: search finds them`);
    else if (fit && scene.loose.length > 0) {
      this.#say(
        `${count(scene.loose.length, "edge")} between the passes not drawn: choose a node to see its own`,
      );
    }
    const first = drawing.items.get(firstItem(drawing) ?? 0);
    first?.element.setAttribute("tabindex", "0");
    if (fit && first !== undefined) this.#camera.reveal(first.centre);
    this.#highlight();
    this.#focus(focus);
  }

  /** Gives an item the focus and shows it. */
  #focus(item: Item | undefined): void {
    const drawn = item === undefined ? undefined : this.#drawing?.items.get(item);
    if (item === undefined || drawn === undefined) return;
    drawn.element.focus({ preventScroll: true });
    this.#camera.reveal(drawn.centre);
    this.#choose(item);
  }

  #choose(item: Item): void {
    this.#current = item;
    for (const each of this.#view.querySelectorAll("[tabindex='0']")) each.setAttribute("tabindex", "-1");
    this.#drawing?.items.get(item)?.element.setAttribute("tabindex", "0");
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
    if (this.#drawing === undefined) return;
    highlight(this.#graph, this.#drawing, this.#current, this.#following);
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }

  #sayFolded(text: string, folded: readonly number[]): void {
    const more =
      folded.length === 0 ? "" : `folded ${count(folded.length, "other")} to keep the drawing legible`;
    this.#say([text, more].filter((part) => part !== "").join("; "));
  }

  #itemAt(target: EventTarget | null): Item | undefined {
    const found = target instanceof Element ? target.closest("[data-item]") : null;
    const item = found?.getAttribute("data-item");
    return item === null || item === undefined ? undefined : Number(item);
  }

  #listen(): void {
    this.#view.addEventListener("click", ({ target }) => {
      const item = this.#itemAt(target);
      if (item === undefined || this.#camera.dragged) return;
      if (isClusterItem(item)) void this.toggle(clusterOfItem(item));
      else this.#focus(item);
    });
    this.#view.addEventListener("focusin", ({ target }) => {
      const item = this.#itemAt(target);
      if (item !== undefined && item !== this.#current) this.#focus(item);
    });
    this.#view.addEventListener("pointermove", ({ target, clientX, clientY, pointerType, buttons }) => {
      const item = this.#itemAt(target);
      if (item === undefined || pointerType === "touch" || buttons !== 0) this.#tooltip.hide();
      else this.#tooltip.show(item, clientX, clientY);
    });
    this.#view.addEventListener("pointerleave", () => this.#tooltip.hide());
    document.addEventListener(
      "keydown",
      keyHandler(this, this.#view, () => this.#current),
    );
  }
}
