import { find, type Ffi, type Library } from "./ffi.js";

/** A library of matrix products that makes itself known. */
interface Vendor {
  /** Its name and version, or undefined if this is another library. */
  readonly identify: (library: Library, path: string, ffi: Ffi) => string | undefined;
  /** The function that takes how many threads to use, and the type of that number. */
  readonly threads?: readonly [name: string, parameter: string];
}

const vendors: readonly Vendor[] = [
  {
    identify: (library) => {
      const version = /^OpenBLAS [\d.]+/.exec(textOf(library, "openblas_get_config") ?? "")?.[0];
      const core = textOf(library, "openblas_get_corename");
      return version === undefined || core === undefined ? version : `${version} (${core})`;
    },
    threads: ["openblas_set_num_threads", "int"],
  },
  {
    identify: (library, _path, ffi) => {
      const write = find(library, "MKL_Get_Version_String", "void", ["uintptr_t", "int"]);
      if (write === undefined) return undefined;
      const text = new Uint8Array(256);
      write(Number(ffi.address(text)), text.length);
      const version = /Version ([\d.]+)/.exec(String.fromCharCode(...text))?.[1] ?? "";
      return `MKL ${version}`.trim();
    },
    threads: ["MKL_Set_Num_Threads", "int"],
  },
  {
    identify: (library) => {
      const version = textOf(library, "bli_info_get_version_str");
      return version === undefined ? undefined : `BLIS ${version}`;
    },
    threads: ["bli_thread_set_num_threads", "intptr_t"],
  },
  { identify: (_library, path) => (path.endsWith("/Accelerate") ? "Accelerate" : undefined) },
];

function textOf(library: Library, name: string): string | undefined {
  const text = find(library, name, "str", [])?.();
  return typeof text === "string" ? text : undefined;
}

/**
 * The name and version of a library, from which on it uses one thread; undefined if it is none of those that are known
 * to be fast (the reference implementation, which many systems have as `libblas`, is slower than WebAssembly).
 */
export function tame(library: Library, path: string, ffi: Ffi): string | undefined {
  for (const { identify, threads } of vendors) {
    const name = identify(library, path, ffi);
    if (name === undefined) continue;
    if (threads !== undefined) find(library, threads[0], "void", [threads[1]])?.(1);
    return name;
  }
  return undefined;
}

/** Where to look for a library: names that the system's loader knows, and usual paths. */
export function usualPaths(platform: NodeJS.Platform): readonly string[] {
  switch (platform) {
    case "darwin":
      return [
        "/System/Library/Frameworks/Accelerate.framework/Accelerate",
        "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
        "/usr/local/opt/openblas/lib/libopenblas.dylib",
      ];
    case "win32":
      return ["libopenblas.dll", "openblas.dll", "mkl_rt.3.dll", "mkl_rt.2.dll", "mkl_rt.dll"];
    default:
      return [
        ...["libopenblas.so.0", "libopenblas.so"],
        ...["libmkl_rt.so.3", "libmkl_rt.so.2", "libmkl_rt.so"],
        ...["libblis.so.4", "libblis.so.3", "libblis.so"],
        // Whatever the system's administrator has chosen, if it is one of the above.
        ...["libblas.so.3", "libcblas.so.3"],
      ];
  }
}

/** What libraries read when they are loaded: without it some start threads that nobody would use. */
const oneThread = {
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
  MKL_THREADING_LAYER: "SEQUENTIAL",
  BLIS_NUM_THREADS: "1",
  VECLIB_MAXIMUM_THREADS: "1",
} as const;

/** Runs `load` in an environment that asks for one thread, and leaves the environment as it was. */
export function withOneThread<R>(load: () => R): R {
  const before = Object.keys(oneThread).map((key) => [key, process.env[key]] as const);
  Object.assign(process.env, oneThread);
  try {
    return load();
  } finally {
    for (const [key, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, key);
      else process.env[key] = value;
    }
  }
}
