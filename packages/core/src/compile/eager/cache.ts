/** A map that holds no more than `limit` entries: the one that was not used for longest makes room for a new one. */
export class Cache<V> {
  readonly #entries = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry, made if there is none. */
  get(key: string, make: () => V): V {
    let value = this.#entries.get(key);
    if (value === undefined) {
      value = make();
      const [oldest] = this.#entries.keys();
      if (this.#entries.size >= this.#limit && oldest !== undefined) this.#entries.delete(oldest);
    } else this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }
}
