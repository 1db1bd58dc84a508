import { attributes, type AttributeList } from "./attributes.js";
import type { Palette } from "./themes.js";

/** Attributes that many nodes or edges share, written once for each palette: a drawing has tens of thousands of them. */
export class Styles {
  readonly #known = new WeakMap<Palette, Map<string, string>>();

  /** The attributes of a key; `make` makes them where they are not known. */
  of(palette: Palette, key: string, make: () => AttributeList): string {
    const styles = this.#known.get(palette) ?? new Map<string, string>();
    this.#known.set(palette, styles);
    const known = styles.get(key) ?? attributes(make());
    styles.set(key, known);
    return known;
  }
}
