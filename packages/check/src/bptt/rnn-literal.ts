/**
 * The many-to-one RNN for T = 2 and T = 4 with every term of every sum written out, to be read beside a
 * derivation on paper. {@link rnnManyToOne} is the same for any T, as a loop.
 *
 * L depends on h_T alone, and on each earlier h_t through h_{t+1} only:
 *
 *     dL/dh_T     = W_hyᵀ dL/dy
 *     dL/dh_{t−1} = W_hhᵀ (dL/dh_t ⊙ act′(z_t))
 *
 * so for T = 2, with every factor in sight,
 *
 *     dL/dW_hh = (W_hyᵀ dL/dy ⊙ act′(z_2)) h_1ᵀ
 *              + (W_hhᵀ (W_hyᵀ dL/dy ⊙ act′(z_2)) ⊙ act′(z_1)) h_0ᵀ
 *
 * and for T = 4 two more terms of the same make. The term of step t ends in h_{t−1}ᵀ, the state that W_hh
 * multiplied at that step, and each W_hhᵀ turns a gradient in h_t (rows of W_hh) into one in h_{t−1} (columns of W_hh).
 * The working notes behind this package had some of these transposes missing and some indices shifted.
 */
import { expectFinite } from "./expect.js";
import { add, addBias, map, matmul, mul, sumBatch, transpose, zeros, zip, type Matrix } from "./matrix.js";
import { onlyLast, outputOf, type Objective } from "./output.js";
import { checkRnn } from "./rnn-types.js";
import type { RnnManyToOneResult, RnnOptions, RnnParams, RnnStep } from "./rnn-types.js";

/**
 * Two inputs, one output.  Arguments, result and errors as for {@link rnnManyToOne} with `xs` = [x_1, x_2].
 */
export function rnnManyToOne2(
  params: RnnParams,
  [x1, x2]: readonly [Matrix, Matrix],
  objective: Objective,
  options: RnnOptions = {},
): RnnManyToOneResult {
  const where = "rnnManyToOne2";
  const { activation, h0 } = checkRnn(where, params, [x1, x2], onlyLast(2, objective), options);
  const { Wxh, Whh, bh, Why, by } = params;
  const act = (z: Matrix) => map(z, activation.fn);
  const slope = (z: Matrix, h: Matrix) => zip(z, h, activation.derivative); // act′(z)

  const z1 = addBias(add(matmul(Wxh, x1), matmul(Whh, h0)), bh);
  const h1 = act(z1);
  const z2 = addBias(add(matmul(Wxh, x2), matmul(Whh, h1)), bh);
  const h2 = act(z2);
  [h1, h2].forEach((h, index) => expectFinite(where, `h_${index + 1}`, h));
  const output = outputOf(where, 2, Why, by, h2, objective);

  const dh2 = matmul(transpose(Why), output.dy);
  const dz2 = mul(dh2, slope(z2, h2));
  const dh1 = matmul(transpose(Whh), dz2);
  const dz1 = mul(dh1, slope(z1, h1));
  const dh0 = matmul(transpose(Whh), dz1);
  [dz1, dz2].forEach((dz, index) => expectFinite(where, `dL/dz_${index + 1}`, dz));

  const dWhh2 = matmul(dz2, transpose(h1));
  const dWhh1 = matmul(dz1, transpose(h0));
  const dWxh2 = matmul(dz2, transpose(x2));
  const dWxh1 = matmul(dz1, transpose(x1));
  const dbh2 = sumBatch(dz2);
  const dbh1 = sumBatch(dz1);

  return {
    y: output.y,
    loss: output.loss,
    steps: [
      innerStep({ t: 1, z: z1, h: h1, dh: dh1, dz: dz1, terms: { Wxh: dWxh1, Whh: dWhh1, bh: dbh1 } }),
      lastStep({ t: 2, z: z2, h: h2, dh: dh2, dz: dz2, terms: { Wxh: dWxh2, Whh: dWhh2, bh: dbh2 } }),
    ],
    outputs: [output],
    gradients: {
      params: {
        Whh: add(dWhh2, dWhh1),
        Wxh: add(dWxh2, dWxh1),
        bh: add(dbh2, dbh1),
        Why: matmul(output.dy, transpose(h2)),
        by: sumBatch(output.dy),
      },
      xs: [matmul(transpose(Wxh), dz1), matmul(transpose(Wxh), dz2)],
      h0: dh0,
    },
  };
}

/**
 * Four inputs, one output.  Arguments, result and errors as for {@link rnnManyToOne} with
 * `xs` = [x_1, x_2, x_3, x_4].
 */
export function rnnManyToOne4(
  params: RnnParams,
  [x1, x2, x3, x4]: readonly [Matrix, Matrix, Matrix, Matrix],
  objective: Objective,
  options: RnnOptions = {},
): RnnManyToOneResult {
  const where = "rnnManyToOne4";
  const { activation, h0 } = checkRnn(where, params, [x1, x2, x3, x4], onlyLast(4, objective), options);
  const { Wxh, Whh, bh, Why, by } = params;
  const act = (z: Matrix) => map(z, activation.fn);
  const slope = (z: Matrix, h: Matrix) => zip(z, h, activation.derivative); // act′(z)

  const z1 = addBias(add(matmul(Wxh, x1), matmul(Whh, h0)), bh);
  const h1 = act(z1);
  const z2 = addBias(add(matmul(Wxh, x2), matmul(Whh, h1)), bh);
  const h2 = act(z2);
  const z3 = addBias(add(matmul(Wxh, x3), matmul(Whh, h2)), bh);
  const h3 = act(z3);
  const z4 = addBias(add(matmul(Wxh, x4), matmul(Whh, h3)), bh);
  const h4 = act(z4);
  [h1, h2, h3, h4].forEach((h, index) => expectFinite(where, `h_${index + 1}`, h));
  const output = outputOf(where, 4, Why, by, h4, objective);

  const dh4 = matmul(transpose(Why), output.dy);
  const dz4 = mul(dh4, slope(z4, h4));
  const dh3 = matmul(transpose(Whh), dz4);
  const dz3 = mul(dh3, slope(z3, h3));
  const dh2 = matmul(transpose(Whh), dz3);
  const dz2 = mul(dh2, slope(z2, h2));
  const dh1 = matmul(transpose(Whh), dz2);
  const dz1 = mul(dh1, slope(z1, h1));
  const dh0 = matmul(transpose(Whh), dz1);
  [dz1, dz2, dz3, dz4].forEach((dz, index) => expectFinite(where, `dL/dz_${index + 1}`, dz));

  const dWhh4 = matmul(dz4, transpose(h3));
  const dWhh3 = matmul(dz3, transpose(h2));
  const dWhh2 = matmul(dz2, transpose(h1));
  const dWhh1 = matmul(dz1, transpose(h0));
  const dWxh4 = matmul(dz4, transpose(x4));
  const dWxh3 = matmul(dz3, transpose(x3));
  const dWxh2 = matmul(dz2, transpose(x2));
  const dWxh1 = matmul(dz1, transpose(x1));
  const dbh4 = sumBatch(dz4);
  const dbh3 = sumBatch(dz3);
  const dbh2 = sumBatch(dz2);
  const dbh1 = sumBatch(dz1);

  return {
    y: output.y,
    loss: output.loss,
    steps: [
      innerStep({ t: 1, z: z1, h: h1, dh: dh1, dz: dz1, terms: { Wxh: dWxh1, Whh: dWhh1, bh: dbh1 } }),
      innerStep({ t: 2, z: z2, h: h2, dh: dh2, dz: dz2, terms: { Wxh: dWxh2, Whh: dWhh2, bh: dbh2 } }),
      innerStep({ t: 3, z: z3, h: h3, dh: dh3, dz: dz3, terms: { Wxh: dWxh3, Whh: dWhh3, bh: dbh3 } }),
      lastStep({ t: 4, z: z4, h: h4, dh: dh4, dz: dz4, terms: { Wxh: dWxh4, Whh: dWhh4, bh: dbh4 } }),
    ],
    outputs: [output],
    gradients: {
      params: {
        Whh: add(dWhh4, dWhh3, dWhh2, dWhh1),
        Wxh: add(dWxh4, dWxh3, dWxh2, dWxh1),
        bh: add(dbh4, dbh3, dbh2, dbh1),
        Why: matmul(output.dy, transpose(h4)),
        by: sumBatch(output.dy),
      },
      xs: [
        matmul(transpose(Wxh), dz1),
        matmul(transpose(Wxh), dz2),
        matmul(transpose(Wxh), dz3),
        matmul(transpose(Wxh), dz4),
      ],
      h0: dh0,
    },
  };
}

/** A step whose whole gradient came through the one single way there is. */
type OneWay = Omit<RnnStep, "dh"> & { readonly dh: Matrix };

/** Step before the last: h_t reaches the loss through h_{t+1} alone. */
function innerStep(step: OneWay): RnnStep {
  return { ...step, dh: { local: zeros(step.dh.rows, step.dh.cols), recurrent: step.dh, total: step.dh } };
}

/** Step T: h_T reaches the loss through y alone. */
function lastStep(step: OneWay): RnnStep {
  return { ...step, dh: { local: step.dh, recurrent: zeros(step.dh.rows, step.dh.cols), total: step.dh } };
}
