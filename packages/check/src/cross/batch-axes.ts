import { ArgumentError, isTensor, ShapeError, treeLeaves, type Tensor } from "@tapeloop/core";

/**
 * Where the batch lies: one axis for everything; or one for each argument, which may be a tree whose branches have axes
 * of their own (JAX's `in_axes`). `null` says that the part is shared by the whole batch, as parameters are.
 */
export type BatchAxes = number | null | readonly BatchAxes[] | { readonly [name: string]: BatchAxes };

/** A tensor and its axis of the batch, counted from the front; `undefined` if it is shared. */
export interface Placed {
  readonly path: string;
  readonly tensor: Tensor;
  readonly axis: number | undefined;
}

/**
 * The tensors of a tree with their axes.
 *
 * @throws ArgumentError for axes that do not follow the tree, or are out of range
 */
export function placeAxes(where: string, tree: unknown, axes: BatchAxes, root: string): Placed[] {
  return treeLeaves(tree, root).map(({ path, tensor }) => {
    const axis = axisAt(axes, path.slice(root.length));
    if (axis === undefined)
      throw new ArgumentError(`${where}: got no axis for ${path}, expected a number or null`);
    return { path, tensor, axis: axis === null ? undefined : fromFront(where, path, tensor, axis) };
  });
}

/** Walks the axes along a path, as far as they branch. */
function axisAt(axes: BatchAxes | undefined, path: string): number | null | undefined {
  if (typeof axes === "number" || axes === null || axes === undefined) return axes;
  const indexed = /^\[(\d+)\]/.exec(path);
  if (indexed !== null) {
    if (!Array.isArray(axes)) return undefined;
    const branch: unknown = axes[Number(indexed[1])];
    return axisAt(isAxes(branch) ? branch : undefined, path.slice(indexed[0].length));
  }
  if (Array.isArray(axes)) return undefined;
  const rest = path.replace(/^\./, "");
  const [key] = Object.keys(axes)
    .filter((name) => rest.startsWith(name) && /^($|[.[])/.test(rest.slice(name.length)))
    .sort((a, b) => b.length - a.length);
  if (key === undefined) return undefined;
  const branch: unknown = Reflect.get(axes, key);
  return axisAt(isAxes(branch) ? branch : undefined, rest.slice(key.length));
}

function isAxes(value: unknown): value is BatchAxes {
  return value === null || typeof value === "number" || (typeof value === "object" && !isTensor(value));
}

function fromFront(where: string, path: string, { rank, shape }: Tensor, axis: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ArgumentError(
      `${where}: got axis ${axis} for ${path} [${shape.join(", ")}], expected ${-rank} … ${rank - 1}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** The size that all axes of the batch have. Throws ShapeError where they differ, ArgumentError if there is none. */
export function batchSize(where: string, placed: readonly Placed[]): number {
  const sizes = placed.flatMap(({ path, tensor, axis }) =>
    axis === undefined ? [] : [{ path, axis, size: tensor.shape[axis] ?? 0 }],
  );
  const [first] = sizes;
  if (first === undefined)
    throw new ArgumentError(`${where}: got no input with an axis of the batch, expected at least one`);
  const other = sizes.find(({ size }) => size !== first.size);
  if (other !== undefined) {
    throw new ShapeError(
      `${where}: ${other.path} has ${other.size} elements along axis ${other.axis}, but ${first.path} has ${first.size} along axis ${first.axis}`,
    );
  }
  return first.size;
}

/** Which element of the batch each number of a tensor belongs to, in row-major order. */
export function rowOf(shape: readonly number[], axis: number): (position: number) => number {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const size = shape[axis] ?? 1;
  return (position) => Math.floor(position / inner) % size;
}

/** The first axis in a tree of axes. */
export function firstNumber(axes: BatchAxes): number | undefined {
  if (typeof axes === "number" || axes === null) return axes ?? undefined;
  for (const branch of Object.values(axes)) {
    const found = firstNumber(branch);
    if (found !== undefined) return found;
  }
  return undefined;
}
