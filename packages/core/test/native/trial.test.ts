import type { Blas, BlasProduct } from "@tapeloop/core";
import { describe, expect, it } from "vitest";
import { bindCblas } from "../../src/native/cblas.js";
import type { Ffi, Library, Native } from "../../src/native/ffi.js";
import { flaw } from "../../src/native/trial.js";
import { tame } from "../../src/native/vendors.js";
import { plainBlas } from "../compile/plain-blas.js";

/** A library in plain loops that has a fault. */
function faulty(change: (product: BlasProduct) => Partial<BlasProduct>): Blas {
  const blas = plainBlas();
  return {
    ...blas,
    product: (given, memory) => blas.product({ ...given, ...change(given) }, memory),
  };
}

describe("the trial of a library", () => {
  it("is passed by plain loops", () => {
    expect(flaw(plainBlas())).toBeUndefined();
  });

  it.each<[string, (product: BlasProduct) => Partial<BlasProduct>]>([
    ["reads what it is to overwrite", () => ({ accumulate: true })],
    ["overwrites what it is to add to", () => ({ accumulate: false })],
    ["forgets a row", ({ m }) => ({ m: Math.max(1, m - 1) })],
    ["forgets the last of a sum", ({ k }) => ({ k: k - 1 })],
    ["takes no notice of gaps between rows", ({ n }) => ({ ldc: n })],
    ["takes float32 for float64", () => ({ dtype: "float32" })],
  ])("finds one that %s", (_fault, change) => {
    expect(flaw(faulty(change))).toMatch(/^a float(32|64) product \[\d+, \d+\]·\[\d+, \d+\]/);
  });

  it("finds one that skips zeros, so that 0·NaN is lost", () => {
    const blas = plainBlas();
    const skipping: Blas = {
      ...blas,
      product(product, memory) {
        const run = blas.product(product, memory);
        const Numbers = product.dtype === "float32" ? Float32Array : Float64Array;
        return (a, b, c) => {
          const right = new Numbers(memory, b, (c - b) / Numbers.BYTES_PER_ELEMENT);
          const odd = right.findIndex(Number.isNaN);
          if (odd >= 0) right[odd] = 0;
          run(a, b, c);
        };
      },
    };
    expect(flaw(skipping)).toMatch(/of 0 and NaN$/);
  });
});

/** A library with some functions, and a note of how they are called. */
function libraryOf(functions: Readonly<Record<string, Native>>) {
  const calls: [string, readonly unknown[]][] = [];
  const library: Library = {
    func(name) {
      const found = functions[name];
      if (found === undefined) throw new Error(`no ${name}`);
      return (...values) => {
        calls.push([name, values]);
        return found(...values);
      };
    },
  };
  return { library, calls };
}

const none: Ffi = {
  load: () => {
    throw new Error("none");
  },
  address: () => 4096n,
};

describe("a library that makes itself known", () => {
  it.each<[string, Readonly<Record<string, Native>>, string, string]>([
    [
      "OpenBLAS 0.3.21 (Haswell)",
      {
        openblas_get_config: () => "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH",
        openblas_get_corename: () => "Haswell",
        openblas_set_num_threads: () => undefined,
      },
      "libopenblas.so.0",
      "openblas_set_num_threads",
    ],
    [
      "MKL",
      { MKL_Get_Version_String: () => undefined, MKL_Set_Num_Threads: () => undefined },
      "libmkl_rt.so",
      "MKL_Set_Num_Threads",
    ],
    [
      "BLIS 0.9.0",
      { bli_info_get_version_str: () => "0.9.0", bli_thread_set_num_threads: () => undefined },
      "libblis.so",
      "bli_thread_set_num_threads",
    ],
  ])("as %s is set to one thread", (name, functions, path, setter) => {
    const { library, calls } = libraryOf(functions);
    expect(tame(library, path, none)).toBe(name);
    expect(calls).toContainEqual([setter, [1]]);
  });

  it("is Accelerate by its path, and no other is known", () => {
    const { library } = libraryOf({});
    expect(tame(library, "/System/Library/Frameworks/Accelerate.framework/Accelerate", none)).toBe(
      "Accelerate",
    );
    expect(tame(library, "libblas.so.3", none)).toBeUndefined();
  });
});

describe("the binding", () => {
  const functions = { cblas_sgemm: () => undefined, cblas_dgemm: () => undefined };

  it("needs both functions", () => {
    expect(bindCblas(libraryOf({ cblas_sgemm: () => undefined }).library, "x", none)).toBeUndefined();
    expect(bindCblas(libraryOf(functions).library, "x", none)?.name).toBe("x");
  });

  it("passes sizes, strides and addresses as the C interface has them", () => {
    const { library, calls } = libraryOf(functions);
    const shape = { m: 2, n: 3, k: 4, lda: 5, ldb: 6, ldc: 7, transposeA: true, transposeB: false };
    const memory = new ArrayBuffer(8);
    const blas = bindCblas(library, "x", none);
    blas?.product({ ...shape, dtype: "float32", accumulate: true }, memory)(8, 16, 2 ** 31);
    blas?.product({ ...shape, dtype: "float64", accumulate: false }, memory)(0, 0, 0);
    expect(calls).toEqual([
      ["cblas_sgemm", [101, 112, 111, 2, 3, 4, 1, 4104, 5, 4112, 6, 1, 2 ** 31 + 4096, 7]],
      ["cblas_dgemm", [101, 112, 111, 2, 3, 4, 1, 4096, 5, 4096, 6, 0, 4096, 7]],
    ]);
  });
});
