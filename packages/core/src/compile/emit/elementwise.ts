import type { TapeNode } from "../../tape/tape.js";
import { isFloat, type Dtype } from "../../tensor/dtype.js";
import { f32x4, f64x2, i32x4, v128, type FunctionBuilder, type Local, type Value } from "../../wasm/index.js";
import { math, type VectorMath } from "../../kernels/math/index.js";
import { numberIn } from "../attributes.js";
import { castLanes } from "./cast.js";
import { gelus } from "./gelu.js";
import { literalVector, narrowMask, widenMask } from "./lanes.js";

type Vector = Value<"v128">;

/** What a rule sees: the operands in locals, their dtypes, the result's dtype, the node's attributes. */
export interface Elements {
  readonly f: FunctionBuilder;
  readonly operands: readonly Local<"v128">[];
  readonly dtypes: readonly Dtype[];
  readonly dtype: Dtype;
  readonly attrs: object;
}

/** Instructions on floats that both widths have. */
type FloatSet = typeof f32x4 | typeof f64x2;

const setOf = (dtype: Dtype): FloatSet => (dtype === "float64" ? f64x2 : f32x4);

/** Code of one elementwise operation. */
type Rule = (elements: Elements, a: Local<"v128">, b: Local<"v128">, c: Local<"v128">) => Vector;

/** A rule for floats from the instructions of their width; and one for int32, where there is one. */
function arithmetic(
  float: (set: FloatSet, a: Local<"v128">, b: Local<"v128">, elements: Elements) => Vector,
  int?: (a: Local<"v128">, b: Local<"v128">, elements: Elements) => Vector,
): Rule {
  return (elements, a, b) => {
    const [dtype = "float32"] = elements.dtypes;
    if (!isFloat(dtype) && int !== undefined) return int(a, b, elements);
    return float(setOf(dtype), a, b, elements);
  };
}

function comparison(
  float: (set: FloatSet, a: Local<"v128">, b: Local<"v128">) => Vector,
  int: (a: Local<"v128">, b: Local<"v128">) => Vector,
): Rule {
  return ({ dtypes: [dtype] }, a, b) => {
    if (dtype === "float64") return narrowMask(float(f64x2, a, b));
    return dtype === "float32" ? float(f32x4, a, b) : int(a, b);
  };
}

/** A function of the elementary functions of the operand's width. */
function elementary(write: (m: VectorMath, f: FunctionBuilder, a: Local<"v128">) => Vector): Rule {
  return ({ f, dtypes: [dtype] }, a) => write(dtype === "float64" ? math.float64 : math.float32, f, a);
}

/** A bool compared: as 0 and 1, which as masks are 0 and −1, so that the order is the other way round. */
const swapForBool =
  (rule: Rule): Rule =>
  (elements, a, b, c) =>
    elements.dtypes[0] === "bool" ? rule(elements, b, a, c) : rule(elements, a, b, c);

const constant = ({ f, dtypes: [dtype = "float32"] }: Elements, value: number): Local<"v128"> =>
  f.constant(literalVector(value, dtype));

/** `mask ? a : b`, for the dtype's width. */
function choose({ f, dtype }: Elements, mask: Vector, a: Vector, b: Vector): Vector {
  return v128.bitselect(a, b, dtype === "float64" ? widenMask(f.keep(mask)) : mask);
}

const rules = {
  identity: (_e, a) => a,
  add: arithmetic((s, a, b) => s.add(a, b), i32x4.add),
  sub: arithmetic((s, a, b) => s.sub(a, b), i32x4.sub),
  mul: arithmetic((s, a, b) => s.mul(a, b), i32x4.mul),
  div: arithmetic((s, a, b) => s.div(a, b)),
  neg: arithmetic((s, a) => s.neg(a), i32x4.neg),
  reciprocal: arithmetic((s, a, _b, e) => s.div(constant(e, 1), a)),
  maximum: arithmetic((s, a, b) => s.max(a, b), i32x4.max_s),
  minimum: arithmetic((s, a, b) => s.min(a, b), i32x4.min_s),
  abs: arithmetic((s, a) => s.abs(a), i32x4.abs),
  square: arithmetic(
    (s, a) => s.mul(a, a),
    (a) => i32x4.mul(a, a),
  ),
  sqrt: arithmetic((s, a) => s.sqrt(a)),
  rsqrt: arithmetic((s, a, _b, e) => s.div(constant(e, 1), s.sqrt(a))),
  floor: arithmetic((s, a) => s.floor(a)),
  ceil: arithmetic((s, a) => s.ceil(a)),
  round: arithmetic((s, a) => s.nearest(a)),
  sign: arithmetic(
    (s, a, _b, e) => {
      const zero = constant(e, 0);
      const below = v128.bitselect(constant(e, -1), a, s.lt(a, zero));
      return v128.bitselect(constant(e, 1), below, s.gt(a, zero));
    },
    (a, _b, e) => i32x4.sub(i32x4.lt_s(a, constant(e, 0)), i32x4.gt_s(a, constant(e, 0))),
  ),
  relu: arithmetic((s, a, _b, e) => s.max(a, constant(e, 0))),
  leakyRelu: arithmetic((s, a, _b, e) => {
    const sloped = s.mul(a, constant(e, numberIn(e.attrs, "slope")));
    return v128.bitselect(a, sloped, s.gt(a, constant(e, 0)));
  }),
  elu: (e, a) => {
    const {
      f,
      dtypes: [dtype = "float32"],
    } = e;
    const set = setOf(dtype);
    const curve = (dtype === "float64" ? math.float64 : math.float32).expm1(f, a);
    const scaled = set.mul(curve, constant(e, numberIn(e.attrs, "alpha")));
    return v128.bitselect(a, scaled, set.gt(a, constant(e, 0)));
  },
  softsign: arithmetic((s, a, _b, e) => {
    const one = constant(e, 1);
    const size = e.f.keep(s.abs(a));
    const quotient = e.f.keep(s.div(a, s.add(one, size)));
    const limit = v128.or(one, v128.and(a, constant(e, -0)));
    return v128.bitselect(limit, quotient, s.eq(size, constant(e, Infinity)));
  }),
  clip: arithmetic(
    (s, a, _b, e) =>
      s.min(s.max(a, constant(e, numberIn(e.attrs, "min"))), constant(e, numberIn(e.attrs, "max"))),
    (a, _b, e) => {
      const bound = (name: string): Local<"v128"> => constant(e, toInt(numberIn(e.attrs, name)));
      return i32x4.min_s(i32x4.max_s(a, bound("min")), bound("max"));
    },
  ),
  exp: elementary((m, f, a) => m.exp(f, a)),
  expm1: elementary((m, f, a) => m.expm1(f, a)),
  log: elementary((m, f, a) => m.log(f, a)),
  log1p: elementary((m, f, a) => m.log1p(f, a)),
  sin: elementary((m, f, a) => m.sin(f, a)),
  cos: elementary((m, f, a) => m.cos(f, a)),
  tanh: elementary((m, f, a) => m.tanh(f, a)),
  sigmoid: elementary((m, f, a) => m.sigmoid(f, a)),
  softplus: elementary((m, f, a) => m.softplus(f, a)),
  erf: elementary((m, f, a) => m.erf(f, a)),
  erfc: elementary((m, f, a) => m.erfc(f, a)),
  gelu: ({ f, dtypes: [dtype] }, a) => gelus[dtype === "float64" ? dtype : "float32"].gelu(f, a),
  geluTanh: ({ f, dtypes: [dtype] }, a) => gelus[dtype === "float64" ? dtype : "float32"].geluTanh(f, a),
  pow: ({ f, dtypes: [dtype] }, a, b) => (dtype === "float64" ? math.float64 : math.float32).pow(f, a, b),
  equal: comparison((s, a, b) => s.eq(a, b), i32x4.eq),
  notEqual: comparison((s, a, b) => s.ne(a, b), i32x4.ne),
  less: swapForBool(comparison((s, a, b) => s.lt(a, b), i32x4.lt_s)),
  lessEqual: swapForBool(comparison((s, a, b) => s.le(a, b), i32x4.le_s)),
  greater: swapForBool(comparison((s, a, b) => s.gt(a, b), i32x4.gt_s)),
  greaterEqual: swapForBool(comparison((s, a, b) => s.ge(a, b), i32x4.ge_s)),
  logicalAnd: (_e, a, b) => v128.and(a, b),
  logicalOr: (_e, a, b) => v128.or(a, b),
  logicalXor: (_e, a, b) => v128.xor(a, b),
  logicalNot: (_e, a) => v128.not(a),
  isNaN: comparison(
    (s, a) => s.ne(a, a),
    (a) => i32x4.ne(a, a),
  ),
  isFinite: ({ f, dtypes: [dtype] }, a) => {
    if (dtype === "float64") return narrowMask(f64x2.lt(f64x2.abs(a), f.constant(f64x2.all(Infinity))));
    if (dtype === "float32") return f32x4.lt(f32x4.abs(a), f.constant(f32x4.all(Infinity)));
    return i32x4.eq(a, a);
  },
  where: (e, a, b, c) => choose(e, a, b, c),
  cast: ({ f, dtypes: [from = "float32"], dtype }, a) => castLanes(f, a, from, dtype),
} satisfies Readonly<Record<string, Rule>>;

const table: Readonly<Record<string, Rule>> = rules;

/** Operations of some twenty instructions or more that wait for one another, one at the end often a division. */
const long: ReadonlySet<string> = new Set<keyof typeof rules>([
  ...(["exp", "expm1", "log", "log1p", "pow", "sin", "cos", "erf", "erfc"] as const),
  ...(["tanh", "sigmoid", "softplus", "elu", "gelu", "geluTanh"] as const),
]);

/** Whether an elementwise operation is a long chain of instructions. */
export function isLong(op: string): boolean {
  return long.has(op);
}

/** Whether the compiler has code for the operation, element by element. */
export function isElementwise({ op: { name } }: TapeNode): boolean {
  return Object.hasOwn(table, name);
}

/** Writes the code of one operation on vectors of elements. */
export function writeElementwise(op: string, elements: Elements): Value<"v128"> {
  const [a] = elements.operands;
  const rule = table[op];
  if (a === undefined || rule === undefined) throw new RangeError(`compile: ${op} is not elementwise`);
  const [, b = a, c = a] = elements.operands;
  return rule(elements, a, b, c);
}

/** A bound as an int32: beyond the range it bounds nothing. */
function toInt(bound: number): number {
  return Math.min(Math.max(bound, -(2 ** 31)), 2 ** 31 - 1);
}
