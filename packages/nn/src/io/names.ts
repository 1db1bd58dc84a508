import { treeLeaves, type Leaf } from "@tapeloop/core";
import { SafetensorsError } from "./errors.js";
import { METADATA_KEY } from "./format.js";

/** A tensor of a tree with its name in a file. */
export interface NamedLeaf extends Leaf {
  readonly name: string;
}

/**
 * The tensors of a tree with the names they are stored under: the path's keys and indices joined by dots, such as
 * `cell.wf` and `layers.0.w`.
 *
 * @throws SafetensorsError when two tensors would share a name, or a name is empty, reserved or not Unicode text
 */
export function namedLeaves(tree: unknown): NamedLeaf[] {
  const taken = new Map<string, string>();
  return treeLeaves(tree).map((leaf) => {
    const name = leaf.path.replace(/\[(\d+)\]/g, ".$1").replace(/^\./, "");
    const other = taken.get(name);
    if (other !== undefined) {
      throw new SafetensorsError(
        `safetensors: ${other} and ${leaf.path} would both be stored as "${name}": rename one of them`,
      );
    }
    if (name === "" || name === METADATA_KEY || /\p{Surrogate}/u.test(name)) {
      const where = leaf.path === "" ? "the root" : leaf.path;
      throw new SafetensorsError(
        `safetensors: got ${JSON.stringify(name)} as the name of the tensor at ${where}, expected text that is ` +
          `neither empty nor "${METADATA_KEY}"`,
      );
    }
    taken.set(name, leaf.path);
    return { ...leaf, name };
  });
}
