import { fc, test } from "@fast-check/vitest";
import { tensor } from "@tapeloop/core";
import { loadInto, loadSafetensors, saveSafetensors, SafetensorsError } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { file, pythonFile } from "./files.js";

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const one = (text: string) => `{"a":${text}}`;

describe("loadSafetensors", () => {
  it("reads a file that Python's package wrote", () => {
    const { tensors, metadata } = loadSafetensors(pythonFile());
    expect(Object.fromEntries([...tensors].map(([name, t]) => [name, [t.dtype, t.toArray()]]))).toEqual({
      "cell.wf": [
        "float32",
        [
          [0, 0.25, 0.5],
          [0.75, 1, 1.25],
        ],
      ],
      "cell.bf": ["float64", [-1.5, Infinity, NaN]],
      "layers.0.steps": ["int32", -7],
      "layers.0.mask": ["bool", [[true, false, true]]],
      "layers.0.empty": ["float32", []],
      größe: ["float32", [Math.fround(1e-3)]],
    });
    expect(tensors.get("layers.0.empty")?.shape).toEqual([0, 4]);
    expect([...metadata]).toEqual([["cell", 'mgu "quoted"']]);
  });

  it("copies: writing to the bytes afterwards changes no tensor", () => {
    const bytes = pythonFile();
    const { tensors } = loadSafetensors(bytes);
    bytes.fill(0);
    expect(tensors.get("layers.0.steps")?.item()).toBe(-7);
  });

  it("reads bytes that begin anywhere within a buffer", () => {
    const bytes = pythonFile();
    const inner = new Uint8Array(bytes.length + 3);
    inner.set(bytes, 3);
    expect(loadSafetensors(inner.subarray(3)).tensors.get("cell.wf")?.shape).toEqual([2, 3]);
  });

  it("reads data that are not aligned, entries in any order, and spaces and escapes in the header", () => {
    const header =
      '{ "b\\u0021" :\n' +
      entry("I32", "[ 1 ]", "[1, 5]") +
      ' , "a": ' +
      entry("BOOL", "[1]", "[0,1]") +
      " }   ";
    const { tensors } = loadSafetensors(file(header, [1, 4, 3, 2, 1]));
    expect([...tensors.keys()]).toEqual(["a", "b!"]);
    expect(tensors.get("b!")?.toArray()).toEqual([0x01020304]);
  });

  it("reads a file without tensors", () => {
    expect(loadSafetensors(file("{}")).tensors.size).toBe(0);
  });

  it("keeps names that mean something to JavaScript as mere names", () => {
    const header =
      '{"__proto__":' +
      entry("BOOL", "[]", "[0,1]") +
      ',"constructor":' +
      entry("BOOL", "[]", "[1,2]") +
      ',"__metadata__":{"__proto__":"x"}}';
    const { tensors, metadata } = loadSafetensors(file(header, [1, 0]));
    expect([...tensors.keys()]).toEqual(["__proto__", "constructor"]);
    expect(metadata.get("__proto__")).toBe("x");
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
    expect(() => loadInto({ a: tensor(true), b: tensor(true) }, file(header, [1, 0]))).toThrow("__proto__");
  });
});

const f32 = entry("F32", "[]", "[0,4]");
const four = [0, 0, 0, 0];
const hostile: [what: string, bytes: Uint8Array, message: string][] = [
  ["no bytes at all", new Uint8Array(0), "got 0 bytes, expected at least 8"],
  [
    "a length beyond the file",
    file("{}").subarray(0, 9),
    "got 1 bytes after the length, expected a header of 2",
  ],
  ["a length above 100 MB", Uint8Array.from([1, 225, 245, 5, 0, 0, 0, 0]), "header of 100000001 bytes"],
  ["a length of 2⁶⁴ − 1", new Uint8Array(16).fill(255), "header of 18446744073709551615 bytes"],
  ["an empty header", file(""), 'expected "{" as its first byte'],
  ["a header after a space", file(` ${one(f32)}`, four), 'expected "{" as its first byte'],
  ["a header that is an array", file("[]"), 'expected "{" as its first byte'],
  ["a byte order mark", file(`\ufeff${one(f32)}`, four), 'expected "{" as its first byte'],
  ["bytes that are not UTF-8", file(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), "not UTF-8"],
  ["a header that is cut off", file('{"a":'), "got the end at character 5"],
  ["text after the header", file("{} x"), 'got " x" at character 2, expected nothing after the header'],
  ["a line break as padding", file("{}\n"), "expected nothing after the header"],
  ["a trailing comma", file(`{"a":${f32},}`, four), "expected a string"],
  ["a key without quotes", file(`{a:${f32}}`, four), "expected a string"],
  ["a control character in a name", file(`{"a\n":${f32}}`, four), "expected a string of whole Unicode"],
  ["half a surrogate pair", file(`{"\\ud800":${f32}}`, four), "expected a string of whole Unicode"],
  [
    "a name twice",
    file(`{"a":${f32},"a":${f32}}`, four),
    'got "\\"a\\":{\\"dtype\\"" at character 53, expected each key once',
  ],
  ["a key twice within an entry", file(one('{"dtype":"F32","dtype":"F64"}')), "expected each key once"],
  ["a name twice, spelt differently", file(`{"a":${f32},"\\u0061":${f32}}`, four), "expected each key once"],
  ["deep nesting", file(`{"a":${"[".repeat(100_000)}`), "expected at most 8 levels"],
  ["a very long array", file(one(`[${"0,".repeat(100)}0]`)), "expected at most 64 items"],
  ["null", file(one("null")), "expected a whole number"],
  ["metadata that are not an object", file('{"__metadata__":"x"}'), "expected an object of texts"],
  ["metadata that are not text", file('{"__metadata__":{"x":1}}'), '"x" is not a text'],
  ["an entry that is not an object", file(one("[]")), '"a": expected dtype, shape and data_offsets'],
  ["an entry with a key of its own", file(one('{"offsets":[0,4]}')), 'got "offsets"'],
  ["an entry without a dtype", file(one("{}")), "got dtype without a name"],
  [
    "a dtype that tensors lack",
    file(one(entry("F16", "[]", "[0,2]")), [0, 0]),
    "got dtype F16, expected one of F64",
  ],
  ["a dtype that nobody knows", file(one(entry("f32", "[]", "[0,4]")), four), "got dtype f32"],
  ["a shape that is no array", file(one(entry("F32", "4", "[0,4]")), four), "expected shape as an array"],
  ["a negative size", file(one(entry("F32", "[-1]", "[0,4]")), four), 'got "-1],\\"data_of'],
  ["a fractional size", file(one(entry("F32", "[1.0]", "[0,4]")), four), "expected a whole number"],
  ["a size with an exponent", file(one(entry("F32", "[1e0]", "[0,4]")), four), "expected a whole number"],
  ["a size with a leading zero", file(one(entry("F32", "[01]", "[0,4]")), four), "expected a whole number"],
  [
    "a size above 2⁵³",
    file(one(entry("F32", "[9007199254740993]", "[0,4]")), four),
    "whole number of 0 … 2^53 - 1",
  ],
  [
    "sizes whose product wraps to 4 bytes",
    file(one(entry("F32", "[4294967296,4294967296,4294967296]", "[0,4]")), four),
    "more elements than can be counted",
  ],
  [
    "sizes that overflow before a zero",
    file(one(entry("F32", "[9007199254740991,9007199254740991,0]", "[0,0]"))),
    "more elements",
  ],
  [
    "more axes than tensors have",
    file(one(entry("BOOL", "[1,1,1,1,1,1,1,1,1]", "[0,1]")), [0]),
    "got rank 9",
  ],
  ["one offset", file(one(entry("F32", "[]", "[4]")), four), "expected data_offsets as two whole numbers"],
  [
    "three offsets",
    file(one(entry("F32", "[]", "[0,4,4]")), four),
    "expected data_offsets as two whole numbers",
  ],
  ["offsets backwards", file(one(entry("F32", "[]", "[4,0]")), four), "span -4 bytes, expected 4 for []"],
  [
    "offsets that do not fit the shape",
    file(one(entry("F32", "[2]", "[0,4]")), four),
    "span 4 bytes, expected 8 for [2]",
  ],
  ["offsets beyond the end", file(one(f32), [0, 0]), "got 2 bytes of data, expected 4"],
  ["bytes after the last tensor", file(one(f32), [...four, 0]), "got 5 bytes of data, expected 4"],
  ["a hole at the start", file(one(entry("F32", "[]", "[1,5]")), [0, ...four]), "expected 0: a hole"],
  [
    "a hole in the middle",
    file(`{"a":${f32},"b":${entry("F32", "[]", "[5,9]")}}`, [...four, 0, ...four]),
    "expected 4: a hole",
  ],
  [
    "an overlap",
    file(`{"a":${f32},"b":${entry("F32", "[]", "[2,6]")}}`, [...four, 0, 0]),
    "expected 4: an overlap",
  ],
  [
    "two tensors over the same bytes",
    file(`{"a":${f32},"b":${f32}}`, four),
    '"b" begins at byte 0, expected 4: an overlap',
  ],
  [
    "a bool that is neither true nor false",
    file(one(entry("BOOL", "[1]", "[0,1]")), [2]),
    "got a BOOL byte above 1",
  ],
];

describe("a strict reader", () => {
  it.each(hostile)("refuses %s", (_what, bytes, message) => {
    expect(() => loadSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => loadSafetensors(bytes)).toThrow(message);
  });

  it("does not exhaust the stack on a header of one long name", () => {
    const name = "x".repeat(2_000_000);
    expect(loadSafetensors(file(`{"${name}":${f32}}${" ".repeat(2_000_000)}`, four)).tensors.has(name)).toBe(
      true,
    );
    expect(() => loadSafetensors(file(`{"${name}`))).toThrow(SafetensorsError);
  });
});

/** Runs `read`, which must succeed or raise the one documented error. */
function readsOrRefuses(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
  }
}

const sample = saveSafetensors(
  {
    w: tensor([
      [1, 2],
      [3, 4],
    ]),
    b: tensor([5], { dtype: "float64" }),
    n: tensor([6, 7], { dtype: "int32" }),
    m: tensor(true),
  },
  { made: "by hand" },
);
const edit = fc.record({ at: fc.nat({ max: sample.length - 1 }), byte: fc.nat({ max: 255 }) });

test.prop([fc.array(edit, { minLength: 1, maxLength: 4 })], { numRuns: 1000 })(
  "a file with some bytes changed is read or refused, never anything else",
  (edits) => {
    const bytes = sample.slice();
    for (const { at, byte } of edits) bytes[at] = byte;
    readsOrRefuses(() => loadSafetensors(bytes));
  },
);

test.prop(
  [fc.nat({ max: sample.length }), fc.nat({ max: sample.length }), fc.uint8Array({ maxLength: 12 })],
  { numRuns: 1000 },
)("a file with a part cut out or put in is read or refused, never anything else", (from, to, added) => {
  const bytes = Uint8Array.from([...sample.slice(0, from), ...added, ...sample.slice(to)]);
  readsOrRefuses(() => loadSafetensors(bytes));
});

const token = fc.constantFrom(
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  '"',
  "\\",
  "0",
  "1",
  "4",
  "-",
  ".",
  "e9",
  " ",
  "null",
  '"a"',
  '"dtype"',
  '"F32"',
  '"BOOL"',
  '"shape"',
  '"data_offsets"',
  '"__metadata__"',
  "[0,1]",
  "[]",
  f32,
);

test.prop([fc.array(token, { maxLength: 30 }), fc.uint8Array({ maxLength: 8 })], { numRuns: 1000 })(
  "any header made of a header's words is read or refused, never anything else",
  (words, data) => {
    readsOrRefuses(() => loadSafetensors(file(`{${words.join("")}`, [...data])));
  },
);

test.prop([fc.uint8Array({ maxLength: 64 })], { numRuns: 1000 })(
  "any bytes are read or refused, never anything else",
  (bytes) => {
    readsOrRefuses(() => loadSafetensors(bytes));
  },
);
