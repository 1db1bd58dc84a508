import { Camera } from "./camera.js";
import { svg } from "./dom.js";
import { draw, type Drawing } from "./drawing.js";
import type { Item, PageGraph } from "./graph.js";
import type { Layouter } from "./layout.js";
import type { Scene } from "./scene.js";
import { faceOf } from "./sizes.js";
import { stackParts } from "./stack.js";
import { layoutText } from "./to-layout.js";
import { firstItem } from "./walk.js";

/** The part of the page that shows the drawing. */
export class Picture {
  readonly view = svg("svg", {
    class: "view",
    role: "application",
    "aria-label": "Graph: arrow keys follow edges, Enter opens and folds",
  });
  readonly camera = new Camera(this.view);
  readonly #graph: PageGraph;
  readonly #layouter: Layouter;
  #drawing: Drawing | undefined;

  constructor(graph: PageGraph, layouter: Layouter) {
    this.#graph = graph;
    this.#layouter = layouter;
  }

  /** The last drawing. */
  get drawing(): Drawing | undefined {
    return this.#drawing;
  }

  /**
   * Lays a scene out and draws it.
   *
   * @param anchor what stays where it is seen
   * @returns whether it was drawn: not if another scene came in between
   * @throws Error when there is no layout
   */
  async show(scene: Scene, anchor: Item | undefined): Promise<boolean> {
    const faces = new Map(scene.items.map((item) => [item, faceOf(this.#graph, item)]));
    const before = anchor === undefined ? undefined : this.#drawing?.items.get(anchor);
    const seen = before === undefined ? undefined : this.camera.seenAt(before.centre);
    const layout = await this.#layouter.layout(layoutText(this.#graph, scene, faces));
    if (layout === undefined) return false;
    const heights = new Map([...faces].map(([item, { height }]) => [item, height]));
    const drawing = draw(this.#graph, scene, faces, stackParts(this.#graph, scene, layout, heights));
    this.#drawing = drawing;
    this.view.replaceChildren(drawing.stage);
    this.camera.show(drawing.stage);
    const after = anchor === undefined ? undefined : drawing.items.get(anchor);
    if (seen !== undefined && after !== undefined) this.camera.place(after.centre, seen);
    this.makeStop(firstItem(drawing));
    return true;
  }

  /** Shows the whole drawing; unless `whole` asks for that, its beginning where all would be too small to read. */
  fit(whole: boolean): void {
    if (this.#drawing === undefined) return;
    const { width, height, items } = this.#drawing;
    this.camera.fit(width, height, whole);
    const first = items.get(firstItem(this.#drawing) ?? 0);
    if (!whole && first !== undefined) this.camera.reveal(first.centre);
  }

  /** Makes an item the one where the tab key stops. */
  makeStop(item: Item | undefined): void {
    for (const each of this.view.querySelectorAll("[tabindex='0']")) each.setAttribute("tabindex", "-1");
    if (item !== undefined) this.#drawing?.items.get(item)?.element.setAttribute("tabindex", "0");
  }

  /** Gives an item the focus and moves so that it is seen. Returns whether it is drawn. */
  focus(item: Item): boolean {
    const drawn = this.#drawing?.items.get(item);
    if (drawn === undefined) return false;
    drawn.element.focus({ preventScroll: true });
    this.camera.reveal(drawn.centre);
    return true;
  }

  /** What an event happened on. */
  itemAt(target: EventTarget | null): Item | undefined {
    const found = target instanceof Element ? target.closest("[data-item]") : null;
    const item = found?.getAttribute("data-item");
    return item === null || item === undefined ? undefined : Number(item);
  }
}
