/**
 * Machine code in pieces: bytes and nested lists of them, joined once at the end, so that building an expression out
 * of parts copies nothing.
 */
export type Code = number | Uint8Array | readonly Code[];

/** Unsigned LEB128 of a whole number below 2⁵³ (WebAssembly core specification, 5.2.2). */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** Signed LEB128 of a 64-bit integer. */
export function signedLong(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** The four bytes of a float32, lowest first. */
export function float32Bytes(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}

/** The eight bytes of a float64, lowest first. */
export function float64Bytes(value: number): number[] {
  return [...new Uint8Array(Float64Array.of(value).buffer)];
}

/** A vector as the format writes it: its length, then its items. */
export function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

/** A name as the format writes it. */
export function name(text: string): Code {
  return vector([...new TextEncoder().encode(text)]);
}

/** The bytes of `code`, in order. */
export function flatten(code: Code): Uint8Array<ArrayBuffer> {
  // Grows as it fills: to count first would be to walk twice, and programs are made of a great many parts.
  let bytes = new Uint8Array(4096);
  let at = 0;
  eachPart(code, (part) => {
    const more = typeof part === "number" ? 1 : part.length;
    if (at + more > bytes.length) {
      const larger = new Uint8Array(Math.max(2 * bytes.length, at + more));
      larger.set(bytes);
      bytes = larger;
    }
    if (typeof part === "number") bytes[at] = part;
    else bytes.set(part, at);
    at += more;
  });
  return bytes.slice(0, at);
}

/** How many bytes `code` has. */
export function countBytes(code: Code): number {
  let count = 0;
  eachPart(code, (part) => (count += typeof part === "number" ? 1 : part.length));
  return count;
}

function eachPart(code: Code, visit: (part: number | Uint8Array) => void): void {
  // A stack of its own: expressions nest as deep as the program is long.
  const lists: (readonly Code[])[] = [];
  const positions: number[] = [];
  let list: readonly Code[] = [code];
  let position = 0;
  for (;;) {
    const part = list[position++];
    if (part === undefined) {
      const outer = lists.pop();
      if (outer === undefined) return;
      list = outer;
      position = positions.pop() ?? 0;
    } else if (typeof part === "number" || part instanceof Uint8Array) visit(part);
    else {
      lists.push(list);
      positions.push(position);
      list = part;
      position = 0;
    }
  }
}
