import { addProduct, addProductTransposed, addRows, addTransposedProduct, fillRows } from "./products.js";

/** A buffer [steps, size] and its rows. */
export interface Steps {
  readonly all: Float32Array;
  readonly rows: readonly Float32Array[];
}

export function createSteps(steps: number, size: number): Steps {
  const all = new Float32Array(steps * size);
  return {
    all,
    rows: Array.from({ length: steps }, (_, t) => all.subarray(t * size, (t + 1) * size)),
  };
}

/** x [m, k] · w [k, n] + b [n], its gradients, and their step. */
export class Dense {
  private readonly dw: Float32Array;
  private readonly db: Float32Array;

  constructor(
    readonly w: Float32Array,
    readonly b: Float32Array,
  ) {
    this.dw = new Float32Array(w.length);
    this.db = new Float32Array(b.length);
  }

  forward(out: Float32Array, x: Float32Array, m: number): void {
    const n = this.b.length;
    fillRows(out, this.b);
    addProduct(out, x, this.w, m, x.length / m, n);
  }

  /** From the gradient d [m, n] of the result: adds to those of x (where there is one), w and b. */
  backward(dx: Float32Array | undefined, x: Float32Array, d: Float32Array, m: number): void {
    const n = this.b.length;
    if (dx !== undefined) addProductTransposed(dx, d, this.w, m, n, x.length / m);
    addTransposedProduct(this.dw, x, d, m, x.length / m, n);
    addRows(this.db, d);
  }

  update(rate: number): void {
    descend(this.w, this.dw, rate);
    descend(this.b, this.db, rate);
  }
}

/** [h, x] · w + b over all time steps, with the product of the inputs taken for all of them at once. */
export class Gate {
  private readonly dw: Float32Array;
  private readonly db: Float32Array;
  private readonly wh: Float32Array;
  private readonly wx: Float32Array;

  /** w [hidden + input, n], rows of h first; b [n] */
  constructor(
    readonly w: Float32Array,
    readonly b: Float32Array,
    private readonly hidden: number,
    private readonly input: number,
  ) {
    this.dw = new Float32Array(w.length);
    this.db = new Float32Array(b.length);
    this.wh = w.subarray(0, hidden * b.length);
    this.wx = w.subarray(hidden * b.length);
  }

  /** The part of the inputs, for all steps: xs [m, input] → out [m, n]. */
  inputs(out: Float32Array, xs: Float32Array): void {
    fillRows(out, this.b);
    addProduct(out, xs, this.wx, xs.length / this.input, this.input, this.b.length);
  }

  /** Adds the part of one step's hidden state, h [batch, hidden]. */
  recur(out: Float32Array, h: Float32Array): void {
    addProduct(out, h, this.wh, h.length / this.hidden, this.hidden, this.b.length);
  }

  /** Adds to the gradient of one step's hidden state. */
  recurBackward(dh: Float32Array, d: Float32Array): void {
    addProductTransposed(dh, d, this.wh, dh.length / this.hidden, this.b.length, this.hidden);
  }

  /** The gradients of w and b from all steps: hs [m, hidden], xs [m, input], d [m, n]. */
  backward(hs: Float32Array, xs: Float32Array, d: Float32Array): void {
    const n = this.b.length;
    const m = d.length / n;
    addTransposedProduct(this.dw.subarray(0, this.hidden * n), hs, d, m, this.hidden, n);
    addTransposedProduct(this.dw.subarray(this.hidden * n), xs, d, m, this.input, n);
    addRows(this.db, d);
  }

  update(rate: number): void {
    descend(this.w, this.dw, rate);
    descend(this.b, this.db, rate);
  }
}

/** w −= rate · dw, and dw is cleared for the next step. */
function descend(w: Float32Array, dw: Float32Array, rate: number): void {
  for (let i = 0; i < w.length; i++) w[i] = (w[i] ?? 0) - rate * (dw[i] ?? 0);
  dw.fill(0);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
