import { flatten, name, unsigned, vector, type Code } from "./bytes.js";
import { FunctionBuilder, nameSection, sized, type FunctionRef } from "./function.js";
import { typeCodes, type ValueType } from "./value.js";

/** Pages of 64 KiB. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  /** Shared between threads; needs a maximum. */
  readonly shared?: boolean;
}

/** A function's parameters and result. */
export interface Signature<R extends ValueType | undefined = ValueType | undefined> {
  readonly params: readonly ValueType[];
  readonly result?: R;
}

/**
 * Puts a WebAssembly module together (core specification 2.0, binary format). A function is defined before
 * those that call it. There is one memory, imported as `env.memory`.
 */
export class ModuleBuilder {
  readonly #types: string[] = [];
  readonly #typeCodes: Code[] = [];
  readonly #imports: Code[] = [];
  readonly #functions: {
    readonly title: string;
    readonly type: number;
    readonly body: Uint8Array;
    readonly locals: number;
  }[] = [];
  readonly #exports: Code[] = [];
  readonly #names = new Map<number, string>();
  #imported = 0;

  importMemory({ initial, maximum, shared = false }: MemoryLimits): void {
    const limits =
      maximum === undefined
        ? [0x00, unsigned(initial)]
        : [shared ? 0x03 : 0x01, unsigned(initial), unsigned(maximum)];
    this.#imports.push([name("env"), name("memory"), 0x02, limits]);
  }

  /** A function that the host gives, as `env.<title>`. Imports come before all other functions. */
  importFunction<R extends ValueType | undefined = undefined>(
    title: string,
    signature: Signature<R>,
  ): FunctionRef & { readonly result: R | undefined } {
    if (this.#functions.length > 0)
      throw new RangeError("wasm: functions are imported before others are defined");
    this.#imports.push([name("env"), name(title), 0x00, unsigned(this.#typeOf(signature))]);
    const index = this.#imported++;
    this.#names.set(index, title);
    return { index, name: title, params: signature.params, result: signature.result };
  }

  /** Defines a function: `write` appends its body. */
  func(title: string, params: readonly ValueType[], write: (f: FunctionBuilder) => void): FunctionRef;
  func<R extends ValueType>(
    title: string,
    params: readonly ValueType[],
    write: (f: FunctionBuilder) => void,
    result: R,
  ): FunctionRef & { readonly result: R };
  func(
    title: string,
    params: readonly ValueType[],
    write: (f: FunctionBuilder) => void,
    result?: ValueType,
  ): FunctionRef {
    const builder = new FunctionBuilder(params);
    // The index is taken after the body is written: writing it may define the functions that it calls.
    write(builder);
    const index = this.#imported + this.#functions.length;
    const type = this.#typeOf({ params, result });
    const body = flatten(builder.encode());
    this.#functions.push({ title, type, body, locals: builder.localCount });
    this.#names.set(index, title);
    return { index, name: title, params, result };
  }

  /** How many functions have been defined. */
  get functionCount(): number {
    return this.#functions.length;
  }

  /** What engines set limits to: of each function its bytes, and its locals with its parameters. */
  get sizes(): readonly { readonly title: string; readonly bytes: number; readonly locals: number }[] {
    return this.#functions.map(({ title, body, locals }) => ({ title, bytes: body.length, locals }));
  }

  export(title: string, { index }: FunctionRef): void {
    this.#exports.push([name(title), 0x00, unsigned(index)]);
  }

  /** The module's bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const bodies = this.#functions.map(({ body }) => sized(body));
    return flatten([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, vector(this.#typeCodes)),
      section(2, vector(this.#imports)),
      section(3, vector(this.#functions.map(({ type }) => unsigned(type)))),
      section(7, vector(this.#exports)),
      section(10, vector(bodies)),
      section(0, nameSection(this.#names)),
    ]);
  }

  #typeOf({ params, result }: Signature): number {
    const key = `${params.join()}:${result ?? ""}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    const results = result === undefined ? [] : [typeCodes[result]];
    this.#typeCodes.push([0x60, vector(params.map((p) => typeCodes[p])), vector(results)]);
    return this.#types.push(key) - 1;
  }
}

function section(id: number, content: Code): Code {
  return [id, sized(content)];
}
