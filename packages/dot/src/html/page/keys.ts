import type { App } from "./app.js";
import type { Item } from "./graph.js";
import type { Direction } from "./walk.js";

const directions: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** How far Shift and an arrow move the drawing, in pixels. */
const STEP = 80;
const moves: Readonly<Record<Direction, readonly [number, number]>> = {
  left: [STEP, 0],
  right: [-STEP, 0],
  up: [0, STEP],
  down: [0, -STEP],
};

/** What the keys do: those for the graph where it has the focus, the others anywhere but in a text field. */
export function keyHandler(
  app: App,
  view: SVGSVGElement,
  current: () => Item | undefined,
): (event: KeyboardEvent) => void {
  return (event) => {
    const { key, shiftKey, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target instanceof HTMLInputElement) return;
    const inGraph = target === document.body || (target instanceof Node && view.contains(target));
    const action = anywhere(app, key) ?? (inGraph ? inside(app, key, shiftKey, current()) : undefined);
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
}

function anywhere(app: App, key: string): (() => void) | undefined {
  switch (key) {
    case "/":
      return () => app.search();
    case "Escape":
      return () => app.leave();
    case "n":
      return () => void app.stepFollowing(1);
    case "p":
      return () => void app.stepFollowing(-1);
    case "+":
    case "=":
      return () => app.camera.zoomBy(1.3);
    case "-":
      return () => app.camera.zoomBy(1 / 1.3);
    case "0":
      return () => app.fit();
    default:
      return undefined;
  }
}

function inside(app: App, key: string, shift: boolean, current: Item | undefined): (() => void) | undefined {
  const direction = directions[key];
  if (direction !== undefined) {
    return shift ? () => app.camera.panBy(...moves[direction]) : () => app.walk(direction);
  }
  if (key === "Backspace") return () => app.foldAround();
  if ((key === "Enter" || key === " ") && current !== undefined) return () => app.activate(current);
  return undefined;
}
