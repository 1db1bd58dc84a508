import { countBytes, name as nameBytes, unsigned, vector, type Code } from "./bytes.js";
import { i32 } from "./numbers.js";
import {
  statement,
  typeCodes,
  value,
  type Local,
  type Statement,
  type Value,
  type ValueType,
} from "./value.js";

/** A function of the module, to be called or exported. */
export interface FunctionRef {
  readonly index: number;
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result: ValueType | undefined;
}

/**
 * Writes the body of one function: statements are appended in order, and control flow takes a callback that appends
 * what is inside.
 */
export class FunctionBuilder {
  readonly #params: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #constants = new Map<string, Local>();
  readonly #prologue: Code[] = [];
  #code: Code[] = [];
  /** In how many blocks the statement that is being written stands. */
  #depth = 0;

  constructor(params: readonly ValueType[]) {
    this.#params = params;
  }

  /** Parameter `index`, of the given type. Throws RangeError when the function has no such parameter. */
  param<T extends ValueType>(index: number, type: T): Local<T> {
    if (this.#params[index] !== type) {
      throw new RangeError(`wasm: parameter ${index} is ${this.#params[index] ?? "not there"}, not ${type}`);
    }
    return localAt(index, type);
  }

  /** A new local variable; zero, or the given value. */
  local<T extends ValueType>(type: T, initial?: Value<T>): Local<T> {
    const local = localAt(this.#params.length + this.#locals.length, type);
    this.#locals.push(type);
    if (initial !== undefined) this.set(local, initial);
    return local;
  }

  /** Keeps a value, so that it is computed once however often it is used. */
  keep<T extends ValueType>(x: Value<T>): Local<T> {
    return this.local(x.type, x);
  }

  /**
   * A constant in a local that is set once, where the function begins: engines load a vector constant anew wherever it
   * stands, also within a loop. The same constant twice is one local.
   */
  constant<T extends ValueType>(x: Value<T>): Local<T> {
    const key = JSON.stringify(x.code);
    const known = this.#constants.get(key);
    if (known !== undefined) return localAt(known.index, x.type);
    const local = this.local(x.type);
    this.#prologue.push([x.code, 0x21, unsigned(local.index)]);
    this.#constants.set(key, local);
    return local;
  }

  set<T extends ValueType>(to: Local<T>, x: Value<T>): void {
    this.#code.push([x.code, 0x21, unsigned(to.index)]);
  }

  run(...statements: readonly Statement[]): void {
    for (const { code } of statements) this.#code.push(code);
  }

  call(target: FunctionRef, args: readonly Value[]): void {
    this.#code.push(callCode(target, args));
    if (target.result !== undefined) this.#code.push(0x1a);
  }

  /** Leaves the function. */
  return(x?: Value): void {
    this.#code.push([x?.code ?? [], 0x0f]);
  }

  if(condition: Value<"i32">, then: () => void, otherwise?: () => void): void {
    const yes = this.#inside(then);
    const no = otherwise === undefined ? [] : [0x05, this.#inside(otherwise)];
    this.#code.push([condition.code, 0x04, 0x40, yes, no, 0x0b]);
  }

  /**
   * Runs the body again and again while the condition, looked at after each run, is not zero. The body may also leave
   * the loop on its way: `leave(condition)` does so if the condition is not zero.
   */
  doWhile(body: (leave: (condition: Value<"i32">) => void) => void, condition: () => Value<"i32">): void {
    const exits: Value<"i32">[] = [];
    const outside = this.#depth;
    const inside = this.#inside(() => {
      body((condition) => {
        exits.push(condition);
        this.#code.push([condition.code, 0x0d, unsigned(this.#depth - outside)]);
      });
      this.#code.push([condition().code, 0x0d, 0x00]);
    });
    const loop = [0x03, 0x40, inside, 0x0b];
    this.#code.push(exits.length === 0 ? loop : [0x02, 0x40, loop, 0x0b]);
  }

  /** For i = from; i < end; i += step (a known number above 0), as signed numbers; the body may run no times at all. */
  for(from: Value<"i32">, end: Value<"i32">, step: number, body: (i: Local<"i32">) => void): void {
    const i = this.keep(from);
    this.if(i32.lt_s(i, end), () => {
      this.doWhile(
        () => {
          body(i);
          this.set(i, i32.add(i, i32.const(step)));
        },
        () => i32.lt_s(i, end),
      );
    });
  }

  /** The function as the code section holds it. */
  encode(): Code {
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = groups.at(-1);
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    const declared = vector(groups.map(({ type, count }) => [unsigned(count), typeCodes[type]]));
    return [declared, this.#prologue, this.#code, 0x0b];
  }

  /** How many locals the function has, parameters included; engines allow 50,000. */
  get localCount(): number {
    return this.#params.length + this.#locals.length;
  }

  #inside(write: () => void): Code {
    const outer = this.#code;
    const inner: Code[] = [];
    this.#code = inner;
    this.#depth++;
    try {
      write();
    } finally {
      this.#code = outer;
      this.#depth--;
    }
    return inner;
  }
}

function localAt<T extends ValueType>(index: number, type: T): Local<T> {
  return { index, type, code: [0x20, unsigned(index)] };
}

/** The value that a function returns. */
export function call<T extends ValueType>(
  target: FunctionRef & { readonly result: T },
  args: readonly Value[],
): Value<T> {
  return value(target.result, callCode(target, args));
}

function callCode({ index, name, params }: FunctionRef, args: readonly Value[]): Code {
  const got = args.map(({ type }) => type).join();
  if (got !== params.join()) throw new RangeError(`wasm: ${name} got (${got}), expected (${params.join()})`);
  return [args.map(({ code }) => code), 0x10, unsigned(index)];
}

/** `condition ? a : b`; both are computed. */
export function select<T extends Exclude<ValueType, "v128">>(
  condition: Value<"i32">,
  a: Value<T>,
  b: Value<T>,
): Value<T> {
  return value(a.type, a.code, b.code, condition.code, 0x1b);
}

/** Code that does nothing. */
export const nothing: Statement = statement();

/** The name section, so that profilers and engines' messages say which function they mean. */
export function nameSection(names: ReadonlyMap<number, string>): Code {
  const entries = vector([...names].map(([index, text]) => [unsigned(index), nameBytes(text)]));
  return [nameBytes("name"), 0x01, sized(entries)];
}

/** Code with its size in bytes before it. */
export function sized(code: Code): Code {
  return [unsigned(countBytes(code)), code];
}
