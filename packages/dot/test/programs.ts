import {
  add,
  affine,
  arange,
  cast,
  checkpoint,
  concat,
  customGradient,
  defineOp,
  grad,
  greater,
  jvp,
  label,
  matmul,
  mul,
  ones,
  record,
  scan,
  scope,
  sigmoid,
  split,
  square,
  stack,
  sub,
  sum,
  tanh,
  tensor,
  timeStep,
  where,
  zeros,
  apply,
  type Tape,
  type Tensor,
} from "@tapeloop/core";

export interface LinearParams {
  readonly w: Tensor;
  readonly b: Tensor;
}

export const linearParams = (): LinearParams => ({ w: ones([3, 4]), b: zeros([4]) });
export const data = (): Tensor => label(ones([2, 3]), "x");

/** tanh(x·w + b). */
export const layer = ({ w, b }: LinearParams, x: Tensor): Tensor => tanh(affine(x, w, b));
/** A loss with numbers in it: Σ (1 − tanh(x·w + b))². */
export const loss = (params: LinearParams, x: Tensor): Tensor => sum(square(sub(1, layer(params, x))));

export interface RnnParams {
  readonly wx: Tensor;
  readonly wh: Tensor;
  readonly b: Tensor;
}

export const rnnParams = (): RnnParams => ({ wx: ones([3, 4]), wh: ones([4, 4]), b: zeros([4]) });
export const rnnStep = ({ wx, wh, b }: RnnParams, h: Tensor, x: Tensor): Tensor =>
  label(tanh(add(add(matmul(x, wx), matmul(h, wh)), b)), "h");

/** The RNN as a plain loop in the scope `rnn`: five operations a step. */
export function unrolled(params: RnnParams, start: Tensor, xs: readonly Tensor[]): Tensor {
  let h = start;
  scope("rnn", () => {
    xs.forEach((x, t) => timeStep(t, () => (h = rnnStep(params, h, x))));
  });
  return h;
}

export const rows = (steps: number): Tensor[] => Array.from({ length: steps }, () => ones([2, 3]));
export const recordRnn = (steps: number): Tape =>
  record(unrolled, rnnParams(), label(zeros([2, 4]), "h0"), rows(steps)).tape;
export const recordRnnGradient = (steps: number): Tape => {
  const f = (params: RnnParams, h: Tensor, xs: readonly Tensor[]): Tensor => sum(unrolled(params, h, xs));
  return record(grad(f), rnnParams(), label(zeros([2, 4]), "h0"), rows(steps)).tape;
};

/** A plain loop that returns its state after each of its steps. */
export const recordOutputs = (steps: number): Tape =>
  record(
    (start: Tensor, x: Tensor) => {
      let h = start;
      return Array.from({ length: steps }, (_, t) => (h = timeStep(t, () => tanh(add(h, x)))));
    },
    ones([2]),
    ones([2]),
  ).tape;

/** The RNN as a scan over xs [time, batch, input]. */
export function scanned(params: RnnParams, h: Tensor, xs: Tensor): Tensor {
  const [, hs] = scan(
    (state: { h: Tensor }, x: Tensor) => {
      const next = scope("rnn", () => rnnStep(params, state.h, x));
      return [{ h: next }, next];
    },
    { h },
    xs,
  );
  return hs;
}

export const series = (steps = 7): Tensor => label(ones([steps, 2, 3]), "xs");
export const recordScan = (steps = 7): Tape =>
  record(scanned, rnnParams(), zeros([2, 4]), series(steps)).tape;

const gates = (z: Tensor): Tensor[] => {
  const [f, i] = split(z, 2, 1);
  return f === undefined || i === undefined ? [] : [sigmoid(f), tanh(i)];
};

const oddOp = defineOp<readonly [Tensor]>({
  name: 'odd "op" \\N',
  shape: ([x]) => x,
  forward: ([x]) => x,
});

/** Tapes of every kind there is. */
export const programs: Readonly<Record<string, () => Tape>> = {
  "an empty tape": () => record(() => null).tape,
  "a tape that returns its input": () => record((x: Tensor) => x, ones([2])).tape,
  "a tape that returns an input twice": () => record((x: Tensor) => [x, x], ones([2])).tape,
  "a tape that returns a constant": () => record(() => ones([2])).tape,
  "a tape that returns a number": () => record(() => tensor(3)).tape,
  "unused inputs": () => record((_p: LinearParams, _x: Tensor) => null, linearParams(), data()).tape,
  "numbers only": () => record(() => add(1, 2)).tape,
  "zero-sized tensors": () => record((x: Tensor) => sum(mul(x, zeros([0, 3]))), zeros([0, 3])).tape,
  "a layer": () => record(layer, linearParams(), data()).tape,
  "a gradient": () => record(grad(loss), linearParams(), data()).tape,
  "a gradient of a gradient": () =>
    record(
      grad((params: LinearParams, x: Tensor) => sum(square(grad(loss)(params, x).w))),
      linearParams(),
      data(),
    ).tape,
  "a Hessian-vector product": () =>
    record(
      (x: Tensor, v: Tensor) =>
        jvp(
          grad((y: Tensor) => sum(tanh(y))),
          [x],
          [v],
        ),
      ones([3]),
      ones([3]),
    ).tape,
  "a tangent": () => record((x: Tensor, v: Tensor) => jvp(tanh, [x], [v]), ones([3]), ones([3])).tape,
  dtypes: () =>
    record((x: Tensor) => where(greater(x, 0), cast(x, "int32"), 7), ones([2], { dtype: "float64" })).tape,
  "several outputs of an operation": () => record(gates, ones([2, 6])).tape,
  "one tensor as both operands": () => record((x: Tensor) => mul(x, x), ones([2])).tape,
  "many operands": () => record((...xs: Tensor[]) => concat(xs), ...rows(12)).tape,
  "constants in every form": () => {
    const table = label(arange(8), "table");
    const f = (x: Tensor): Tensor => add(add(mul(x, ones([8])), table), add(x, arange(8)));
    return record(f, ones([8])).tape;
  },
  "scopes within scopes": () =>
    record(
      (x: Tensor) =>
        scope("a", () => scope("b", () => scope("c", () => scope("d", () => scope("e", () => tanh(x)))))),
      ones([2]),
    ).tape,
  "scopes that are entered again": () =>
    record(
      (x: Tensor) => scope("a", () => tanh(scope("b", () => tanh(scope("a", () => tanh(x)))))),
      ones([2]),
    ).tape,
  "an unrolled loop": () => recordRnn(4),
  "an unrolled loop with its gradient": () => recordRnnGradient(4),
  "a loop within a loop": () =>
    record(
      (x: Tensor) => {
        let y = x;
        for (let i = 0; i < 3; i++) {
          timeStep(i, () => {
            for (let t = 0; t < 3; t++) y = timeStep(t, () => scope("inner", () => tanh(y)));
          });
        }
        return y;
      },
      ones([2]),
    ).tape,
  "a scan": () => recordScan(),
  "a scan of no steps": () => recordScan(0),
  "a scan with its gradient": () =>
    record(
      grad((params: RnnParams, h: Tensor, xs: Tensor) => sum(scanned(params, h, xs))),
      rnnParams(),
      zeros([2, 4]),
      series(),
    ).tape,
  "a scan with its second derivative": () =>
    record(
      grad((h: Tensor) => sum(square(grad((g: Tensor) => sum(scanned(rnnParams(), g, series())))(h)))),
      zeros([2, 4]),
    ).tape,
  "a scan with its tangent": () =>
    record(
      (h: Tensor, v: Tensor) => jvp((g: Tensor) => scanned(rnnParams(), g, series()), [h], [v]),
      zeros([2, 4]),
      ones([2, 4]),
    ).tape,
  "a scan without data": () =>
    record((x: Tensor) => scan((c: Tensor) => [mul(c, 2), null], x, null, { length: 5 }), ones([2])).tape,
  "a scan that begins with a number": () =>
    record((x: Tensor) => scan((c: Tensor, row: Tensor) => [add(c, sum(row)), c], tensor(0), x), ones([4, 2]))
      .tape,
  "a scan that carries what it was given": () =>
    record((x: Tensor) => scan((c: Tensor, row: Tensor) => [c, row], x, stack([x, x])), ones([2])).tape,
  "a scan backwards": () =>
    record(
      (x: Tensor) => scan((c: Tensor, row: Tensor) => [add(c, row), c], zeros([2]), x, { reverse: true }),
      ones([4, 2]),
    ).tape,
  "a scan within a scan": () =>
    record(
      (x: Tensor) =>
        scan(
          (outer: Tensor, row: Tensor) => {
            const [inner] = scan((c: Tensor) => [tanh(add(c, row)), null], outer, null, { length: 3 });
            return [inner, inner];
          },
          zeros([2]),
          x,
        ),
      ones([4, 2]),
    ).tape,
  "a checkpoint with its gradient": () =>
    record(
      grad((params: LinearParams, x: Tensor) => sum(checkpoint(layer)(params, x))),
      linearParams(),
      data(),
    ).tape,
  "a checkpoint that does nothing": () =>
    record(
      checkpoint((x: Tensor) => x),
      ones([2]),
    ).tape,
  "a derivative of one's own": () =>
    record(
      grad((x: Tensor) => sum(customGradient((y: Tensor) => tanh(y), { vjp: (dy) => [mul(dy, 2)] })(x))),
      ones([2]),
    ).tape,
  "an operation with an odd name and odd settings": () => {
    const circular: unknown[] = [];
    circular.push(circular);
    const attrs = {
      'a "key" \\N': "a\nvalue",
      flag: true,
      off: false,
      none: null,
      circular,
      prototypeless: Object.create(null) as object,
      list: [1, [2, 3]],
    };
    return record((x: Tensor) => apply(oddOp, [x], attrs), ones([2])).tape;
  },
};
