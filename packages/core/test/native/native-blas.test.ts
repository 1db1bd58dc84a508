import { ArgumentError, compile, matmul, normal, randomKey } from "@tapeloop/core";
import { nativeBlas } from "@tapeloop/core/native";
import { afterEach, describe, expect, it, vi } from "vitest";
import { usualPaths, withOneThread } from "../../src/native/vendors.js";
import { different } from "../compile/parity.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What there is without any wish: a library, or the reason why there is none. */
function usual() {
  vi.stubEnv("TAPELOOP_BLAS", "");
  const reasons: string[] = [];
  const blas = nativeBlas({ onAbsent: (reason) => reasons.push(reason) });
  return { blas, reasons };
}

describe("nativeBlas", () => {
  it("gives a library that compile can use, or undefined and the reason", () => {
    const { blas, reasons } = usual();
    if (blas === undefined) {
      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toMatch(/koffi is not installed|can be used/);
    } else {
      expect(reasons).toEqual([]);
      expect(blas.name).toMatch(/OpenBLAS|MKL|BLIS|Accelerate/);
    }
    const [a, b] = [normal(randomKey(1), [40, 30]), normal(randomKey(2), [30, 50])];
    const program = compile(matmul, { blas });
    expect(program.explain(a, b).code.blas).toBe(blas?.name);
    expect(different([program(a, b)], [matmul(a, b)], { ulps: 8 })).toEqual([]);
  });

  it("leaves small products in WebAssembly", () => {
    const { blas } = usual();
    const [a, b] = [normal(randomKey(1), [1, 8]), normal(randomKey(2), [8, 8])];
    expect(compile(matmul, { blas }).explain(a, b).code.blas).toBeUndefined();
  });

  it("gives the same library again", () => {
    expect(usual().blas).toBe(usual().blas);
  });

  it("is undefined where the environment says off, unless the program names a library", () => {
    vi.stubEnv("TAPELOOP_BLAS", "off");
    const reasons: string[] = [];
    expect(nativeBlas({ onAbsent: (reason) => reasons.push(reason) })).toBeUndefined();
    expect(reasons).toEqual(["the environment variable TAPELOOP_BLAS is off"]);
    expect(() => nativeBlas({ library: "no-such-library" })).toThrow("got library no-such-library");
  });

  it("says what is wrong with a library that was asked for", () => {
    expect(() => nativeBlas({ library: "no-such-library" })).toThrow(ArgumentError);
    vi.stubEnv("TAPELOOP_BLAS", "/no/such/library.so");
    expect(() => nativeBlas()).toThrow(
      /^nativeBlas: got TAPELOOP_BLAS = \/no\/such\/library\.so, expected a library that can be used: /,
    );
  });

  it("takes the library that the environment names", () => {
    const { blas } = usual();
    const path = usualPaths(process.platform).find((each) => {
      vi.stubEnv("TAPELOOP_BLAS", each);
      try {
        return nativeBlas()?.name === blas?.name;
      } catch {
        return false;
      }
    });
    expect(path === undefined).toBe(blas === undefined);
  });
});

describe("one thread", () => {
  it("is asked for while a library is loaded, and the environment is then as it was", () => {
    vi.stubEnv("OMP_NUM_THREADS", "7");
    vi.stubEnv("MKL_NUM_THREADS", undefined);
    const during = withOneThread(() => [process.env["OMP_NUM_THREADS"], process.env["MKL_NUM_THREADS"]]);
    expect(during).toEqual(["1", "1"]);
    expect(process.env["OMP_NUM_THREADS"]).toBe("7");
    expect("MKL_NUM_THREADS" in process.env).toBe(false);
  });

  it("leaves the environment as it was when loading fails", () => {
    vi.stubEnv("OMP_NUM_THREADS", "7");
    expect(() =>
      withOneThread(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(process.env["OMP_NUM_THREADS"]).toBe("7");
  });
});

it.each(["linux", "darwin", "win32", "freebsd"] as const)("there are names to look for on %s", (platform) => {
  expect(usualPaths(platform).length).toBeGreaterThan(2);
});
