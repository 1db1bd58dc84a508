/** A formula as a reader of mathematics takes it apart. */
export type Parsed =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly operands: readonly Parsed[];
      readonly settings: string;
    };

/** Signs that stand between two operands and bind least. */
const RELATIONS = ["=", "≠", "<", "≤", ">", "≥", "∧", "∨", "⊕"];

/**
 * Reads a formula. `ᵀ`, `²`, `[…]` bind most, then `·`, then `⊙` and `/` from left to right, then `Σ` and the sign, then
 * `+` and `−`. What two readers could take differently is refused: a quotient or a product of matrices among elementwise
 * factors without brackets, and `ᵀ` after `²`.
 *
 * @param names all names that may occur
 */
export function readFormula(text: string, names: Iterable<string>): Parsed {
  const reader = new Reader(
    text,
    [...names].sort((a, b) => b.length - a.length),
  );
  const found = reader.relation();
  reader.end();
  return found;
}

class Reader {
  readonly #text: string;
  readonly #names: readonly string[];
  #at = 0;

  constructor(text: string, names: readonly string[]) {
    this.#text = text;
    this.#names = names;
  }

  end(): void {
    if (this.#at < this.#text.length) this.#refuse("the end");
  }

  relation(): Parsed {
    const left = this.#sum();
    const sign = RELATIONS.find((each) => this.#skip(` ${each} `));
    return sign === undefined ? left : call(sign, [left, this.#sum()]);
  }

  #sum(): Parsed {
    let sum = this.#signed();
    for (;;) {
      if (this.#skip(" + ")) sum = call("+", [sum, this.#signed()]);
      else if (this.#skip(" − ")) sum = call("+", [sum, call("−", [this.#signed()])]);
      else return sum;
    }
  }

  #signed(): Parsed {
    if (this.#skip("−")) return call("−", [this.#product()]);
    const sum = this.#match(/^Σ([₀-₉]*) /u);
    if (sum === undefined) return this.#product();
    const isNested = this.#text.startsWith("Σ", this.#at);
    return call("Σ", [isNested ? this.#signed() : this.#dot().read], sum[1] ?? "");
  }

  #product(): Parsed {
    const first = this.#dot();
    let { read } = first;
    let [isBare, isQuotient] = [first.isMatrices, false];
    for (;;) {
      const sign = ["⊙", "/"].find((each) => this.#skip(` ${each} `));
      if (sign === undefined) return read;
      const next = this.#dot();
      if (isQuotient || (sign === "⊙" && (isBare || next.isMatrices)) || (sign === "/" && next.isDot))
        this.#refuse("brackets");
      read = call(sign, [read, next.read]);
      [isBare, isQuotient] = [false, sign === "/"];
    }
  }

  #dot(): { readonly read: Parsed; readonly isDot: boolean; readonly isMatrices: boolean } {
    let read = this.#postfix();
    let [isDot, isMatrices] = [false, false];
    while (this.#skip("·")) {
      isMatrices ||= read.kind !== "number";
      isDot = true;
      read = call("·", [read, this.#postfix()]);
    }
    return { read, isDot, isMatrices };
  }

  #postfix(): Parsed {
    let read = this.#primary();
    for (;;) {
      const range = this.#match(/^\[[\d:, ]+\]/u);
      if (range === undefined) break;
      read = call("part", [read], range[0]);
    }
    if (this.#skip("²")) read = call("²", [read]);
    else if (this.#skip("ᵀ")) read = call("ᵀ", [read]);
    else if (this.#skip("^")) read = call("^", [read, this.#primary()]);
    if (/^[²ᵀ^]/u.test(this.#text.slice(this.#at))) this.#refuse("brackets");
    return read;
  }

  #primary(): Parsed {
    const name = this.#names.find((each) => this.#text.startsWith(each, this.#at));
    if (name !== undefined) {
      const after = this.#text[this.#at + name.length];
      if (after !== "(" && !/[\p{L}\p{M}\p{N}′]/u.test((after ?? "").replace(/[²ᵀ]/u, ""))) {
        this.#at += name.length;
        return { kind: "name", name };
      }
    }
    const number = this.#match(/^(∞|\d[\d.]*(e[+−]?\d+)?)/u)?.[0];
    if (number !== undefined)
      return { kind: "number", value: number === "∞" ? Infinity : Number(number.replace("−", "-")) };
    if (this.#skip("(")) return this.#closed(")");
    if (this.#skip("[")) return call("joined", this.#list("; ", "]"));
    const called = this.#match(/^([\p{L}√¬]+)([₀-₉]*)\(/u);
    if (called === undefined) return this.#refuse("a value");
    const operands: Parsed[] = [];
    while (!/^(\[[\d:, ]*\]|[a-zA-Z]+ (\d|\[|−\d))/u.test(this.#text.slice(this.#at))) {
      operands.push(this.relation());
      if (this.#skip(")")) return call(called[1] ?? "", operands, called[2]);
      this.#expect(", ");
    }
    const settings = this.#match(/^[^()]*/u)?.[0];
    this.#expect(")");
    return call(called[1] ?? "", operands, settings);
  }

  #closed(end: string): Parsed {
    const inner = this.relation();
    this.#expect(end);
    return inner;
  }

  #list(between: string, end: string): Parsed[] {
    const items = [this.relation()];
    while (this.#skip(between)) items.push(this.relation());
    this.#expect(end);
    return items;
  }

  #expect(text: string): void {
    if (!this.#skip(text)) this.#refuse(text);
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(this.#text.slice(this.#at)) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  #refuse(wanted: string): never {
    throw new Error(`expected ${wanted} at ${this.#at} of ${this.#text}`);
  }
}

function call(name: string, operands: readonly Parsed[], settings = ""): Parsed {
  return { kind: "call", name, operands, settings };
}
