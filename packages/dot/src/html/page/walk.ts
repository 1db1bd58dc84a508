import type { Drawing, Drawn } from "./drawing.js";
import type { Item } from "./graph.js";

export type Direction = "left" | "right" | "up" | "down";

const ahead: Readonly<Record<Direction, readonly [x: number, y: number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/**
 * Where an arrow key leads: left and right along an edge, to an operand or a reader (the nearest of several); up and
 * down, and where there is no edge, to what stands there.
 */
export function nextItem({ items, edges }: Drawing, item: Item, direction: Direction): Item | undefined {
  const here = items.get(item);
  if (here === undefined) return undefined;
  if (direction === "left" || direction === "right") {
    const along = edges.flatMap(({ edge: { from, to, kind } }) => {
      // A loop leads back; its readers are what follows it.
      if (kind === "carry") return [];
      if (direction === "right") return from === item ? [to] : [];
      return to === item ? [from] : [];
    });
    const ends = [...new Set(along)].flatMap((end) => items.get(end) ?? []);
    const nearest = least(ends, (end) => Math.abs(end.centre[1] - here.centre[1]));
    if (nearest !== undefined) return nearest.item;
  }
  const [dx, dy] = ahead[direction];
  const there = [...items.values()].filter(({ centre: [x, y] }) => {
    const forward = (x - here.centre[0]) * dx + (y - here.centre[1]) * dy;
    return forward > 1;
  });
  return least(there, ({ centre: [x, y] }) => {
    const [forward, aside] =
      dx === 0 ? [y - here.centre[1], x - here.centre[0]] : [x - here.centre[0], y - here.centre[1]];
    return Math.abs(forward) + 3 * Math.abs(aside);
  })?.item;
}

/** The item that stands first: the leftmost one. */
export function firstItem({ items }: Drawing): Item | undefined {
  return least([...items.values()], ({ centre: [x, y] }) => x + y)?.item;
}

function least(all: readonly Drawn[], measure: (drawn: Drawn) => number): Drawn | undefined {
  let best: { readonly drawn: Drawn; readonly size: number } | undefined;
  for (const drawn of all) {
    const size = measure(drawn);
    if (best === undefined || size < best.size) best = { drawn, size };
  }
  return best?.drawn;
}
