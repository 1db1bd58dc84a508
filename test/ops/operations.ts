import * as core from "@tapeloop/core";
import type { Subject } from "./harness.js";
import type { Sample, SampleTable } from "./sample.js";
import { activations } from "./samples/activations.js";
import { arithmetic } from "./samples/arithmetic.js";
import { choice } from "./samples/choice.js";
import { indexing } from "./samples/indexing.js";
import { join } from "./samples/join.js";
import { products } from "./samples/matmul.js";
import { movement } from "./samples/movement.js";
import { reduce } from "./samples/reduce.js";
import { slices } from "./samples/slice.js";
import { elementwise } from "./samples/unary.js";
import { withoutDerivative } from "./samples/without-derivative.js";

/** Samples of every differentiable operation, by its exported name. */
export const differentiable: SampleTable = {
  ...arithmetic,
  ...elementwise,
  ...activations,
  ...choice,
  ...movement,
  ...join,
  ...slices,
  ...indexing,
  ...products,
  ...reduce,
};

export { withoutDerivative };

/** Exported functions that apply no operation of their own, and so need no samples. */
export const notOperations: readonly string[] = [
  ...["ArgumentError", "DtypeError", "GradientError", "ShapeError", "TapeloopError", "TraceError"],
  ...["Tensor", "describe", "isTensor", "isFloat", "getDefaultDtype", "withDefaultDtype"],
  ...[
    "checkFunction",
    "checkList",
    "checkMethods",
    "checkNumber",
    "checkObject",
    "checkString",
    "checkTensor",
  ],
  ...["kindOf", "optionsOf", "shown"],
  ...["broadcastShapes", "formatShape", "sameShape", "sizeOf"],
  ...[
    "arange",
    "eye",
    "fromTypedArray",
    "full",
    "linspace",
    "ones",
    "onesLike",
    "tensor",
    "zeros",
    "zerosLike",
  ],
  ...["treeLeaves", "treeMap", "treeMap2", "treeTensors", "treeUnflatten"],
  ...["apply", "applyAll", "commonDtype", "floatDtype", "defineOp"],
  ...["record", "observe", "replay", "trace", "Tape", "attributeEntries", "isTape", "nameTensors"],
  ...["formatWhere", "scope", "timeStep", "whereNow", "withSources", "label"],
  // Transforms and control flow take functions; they have suites of their own.
  ...["backward", "forward", "grad", "valueAndGrad", "valueAuxAndGrad", "jvp", "vjp"],
  ...["jacobian", "hessian", "hvp", "scan", "checkpoint", "customGradient", "compile"],
  // Random numbers come from keys, which are int32.
  ...["createRng", "randomKey", "splitKey", "foldIn", "randomBits"],
  ...["uniform", "normal", "bernoulli", "permutation"],
];

/** One operation with its samples. */
export interface Operation extends Subject {
  readonly samples: readonly Sample[];
}

/** Every operation that has samples, found by its name among the exports of core. */
export function operations(): Operation[] {
  return [
    ...Object.entries(differentiable).map(([name, samples]) => operation(name, samples, true)),
    ...Object.entries(withoutDerivative).map(([name, { samples }]) => operation(name, samples, false)),
  ];
}

function operation(name: string, samples: readonly Sample[], isDifferentiable: boolean): Operation {
  const exported: unknown = Reflect.get(core, name);
  if (typeof exported !== "function")
    throw new Error(`${name} has samples, but core exports no such function`);
  return {
    name,
    samples,
    differentiable: isDifferentiable,
    call: (args): unknown => Reflect.apply(exported, undefined, args),
  };
}

/** What is wrong with the lists above: exported functions that are in none or in several, and names not exported. */
export function misclassified(): string[] {
  const exported = Object.entries(core).flatMap(([name, value]) =>
    typeof value === "function" ? [name] : [],
  );
  const lists = [Object.keys(differentiable), Object.keys(withoutDerivative), notOperations];
  const listed = new Set(lists.flat());
  return [
    ...exported.flatMap((name) => {
      const count = lists.filter((list) => list.includes(name)).length;
      if (count === 0)
        return [`${name} is exported: give it samples in test/ops/samples, or list it as no operation`];
      return count > 1 ? [`${name} is in ${count} lists`] : [];
    }),
    ...[...listed]
      .filter((name) => !exported.includes(name))
      .map((name) => `${name} is listed, but not exported`),
  ];
}
