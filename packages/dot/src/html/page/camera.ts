import type { Point } from "./read-layout.js";

const NEAREST = 4;
const FARTHEST = 0.05;
/** A drawing that would be smaller than this when seen whole is shown from its beginning instead. */
const LEGIBLE = 0.85;

/** Which part of the drawing is seen, and how large: moved by mouse, fingers and keys. */
export class Camera {
  readonly #view: SVGSVGElement;
  readonly #pointers = new Map<number, Point>();
  #stage: SVGGElement | undefined;
  #x = 0;
  #y = 0;
  #scale = 1;
  /** Whether the pointer that is down has dragged: the click that follows is none. */
  dragged = false;

  constructor(view: SVGSVGElement) {
    this.#view = view;
    view.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    view.addEventListener("pointerdown", (event) => this.#down(event));
    view.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel"] as const) {
      view.addEventListener(type, (event) => this.#pointers.delete(event.pointerId));
    }
  }

  get scale(): number {
    return this.#scale;
  }

  /** Shows another drawing from where the last one was seen. */
  show(stage: SVGGElement): void {
    this.#stage = stage;
    this.#apply();
  }

  /** Where a point of the drawing is seen. */
  seenAt([x, y]: Point): Point {
    return [this.#x + x * this.#scale, this.#y + y * this.#scale];
  }

  /** Moves so that a point of the drawing is seen at a place. */
  place([x, y]: Point, [seenX, seenY]: Point): void {
    this.#x = seenX - x * this.#scale;
    this.#y = seenY - y * this.#scale;
    this.#apply();
  }

  panBy(x: number, y: number): void {
    this.#x += x;
    this.#y += y;
    this.#apply();
  }

  /** Makes the drawing larger around a place that is seen; by default the middle. */
  zoomBy(factor: number, [x, y]: Point = this.#middle()): void {
    const scale = Math.min(NEAREST, Math.max(FARTHEST, this.#scale * factor));
    const change = scale / this.#scale;
    this.#x = x - (x - this.#x) * change;
    this.#y = y - (y - this.#y) * change;
    this.#scale = scale;
    this.#apply();
  }

  /** Shows the whole drawing if it is legible then or `whole` asks for it; else its beginning. */
  fit(width: number, height: number, whole: boolean): void {
    const { clientWidth, clientHeight } = this.#view;
    const fitting = Math.min((clientWidth - 48) / width, (clientHeight - 48) / height, 1.25);
    this.#scale = whole ? Math.max(fitting, FARTHEST) : Math.max(fitting, LEGIBLE);
    this.#x = Math.max(24, (clientWidth - width * this.#scale) / 2);
    this.#y = whole || height * this.#scale < clientHeight ? (clientHeight - height * this.#scale) / 2 : 24;
    this.#apply();
  }

  /** Moves as little as possible so that a point of the drawing is seen, with room around it. */
  reveal(point: Point): void {
    const [x, y] = this.seenAt(point);
    const { clientWidth, clientHeight } = this.#view;
    this.panBy(outside(x, clientWidth, 110), outside(y, clientHeight, 70));
  }

  #middle(): Point {
    return [this.#view.clientWidth / 2, this.#view.clientHeight / 2];
  }

  #apply(): void {
    this.#stage?.setAttribute("transform", `translate(${this.#x} ${this.#y}) scale(${this.#scale})`);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    // Lines, as some mice count, are taller than pixels. A pinch on a touchpad arrives as a wheel with Ctrl.
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey) this.panBy(-(event.deltaX + event.deltaY) * unit, 0);
    else this.zoomBy(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016)), this.#at(event));
  }

  #at({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.#view.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    if (this.#pointers.size === 0) this.dragged = false;
    this.#pointers.set(event.pointerId, this.#at(event));
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = this.#at(event);
    if (!this.dragged && Math.hypot(now[0] - before[0], now[1] - before[1]) < 4) return;
    // Captured only now: a captured pointer's click would not be one on a node.
    if (!this.dragged) this.#view.setPointerCapture(event.pointerId);
    this.dragged = true;
    const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    if (other === undefined) this.panBy(now[0] - before[0], now[1] - before[1]);
    else this.zoomBy(distance(now, other) / Math.max(1, distance(before, other)), other);
    this.#pointers.set(event.pointerId, now);
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** How far to move something at `at` into a stretch of `length` that has margins. */
function outside(at: number, length: number, margin: number): number {
  if (at < margin) return margin - at;
  return at > length - margin ? length - margin - at : 0;
}
