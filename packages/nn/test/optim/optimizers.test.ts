import { fc, test } from "@fast-check/vitest";
import {
  add,
  jvp,
  label,
  mul,
  record,
  square,
  sub,
  sum,
  tensor,
  treeLeaves,
  treeMap,
  valueAndGrad,
  type Tensor,
} from "@tapeloop/core";
import { adam, adamW, defineOptimizer, rmsProp, sgd, skipNonFinite, type Optimizer } from "@tapeloop/nn";
import { describe, expect, it } from "vitest";
import { fixture, type Numbers, type OptimiserCase } from "../../../../test/fixtures/index.js";
import { expectClose } from "../close.js";

const f64 = (values: Numbers): Tensor => tensor(values, { dtype: "float64" });
const tree = (named: Record<string, Numbers>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, f64(values)]));

/** Our optimiser with PyTorch's settings. */
function optimizerOf({ optimiser, options }: OptimiserCase): Optimizer {
  const number = (key: string, otherwise: number): number => {
    const value = options[key];
    return typeof value === "number" ? value : otherwise;
  };
  const pair = options["betas"];
  const [beta1 = 0.9, beta2 = 0.999] = Array.isArray(pair) ? pair : [];
  const [learningRate, weightDecay, momentum] = [
    number("lr", 0),
    number("weight_decay", 0),
    number("momentum", 0),
  ];
  const epsilon = number("eps", 1e-8);
  switch (optimiser) {
    case "SGD":
      return sgd({ learningRate, momentum, weightDecay, nesterov: options["nesterov"] === true });
    case "Adam":
      return adam({ learningRate, beta1, beta2, epsilon });
    case "AdamW":
      return adamW({ learningRate, beta1, beta2, epsilon, weightDecay });
    case "RMSprop":
      return rmsProp({
        learningRate,
        alpha: number("alpha", 0.99),
        epsilon,
        momentum,
        centered: options["centered"] === true,
      });
  }
}

describe("ten steps agree with PyTorch", () => {
  it.each(fixture("optim").cases.map((c) => [`${c.optimiser} ${JSON.stringify(c.options)}`, c] as const))(
    "%s",
    (_title, c) => {
      const optimizer = optimizerOf(c);
      let params = tree(c.start);
      let state = optimizer.init(params);
      expect(c.gradients).toHaveLength(10);
      c.gradients.forEach((gradients, k) => {
        ({ params, state } = optimizer.update(params, tree(gradients), state));
        for (const [name, expected] of Object.entries(c.params[k] ?? {})) {
          expectClose(params[name]?.toArray(), expected, 1e-12);
        }
      });
      expect(state.step.item()).toBe(10);
    },
  );
});

const optimizers: [string, Optimizer][] = [
  ["sgd", sgd({ learningRate: 0.1 })],
  ["sgd with momentum", sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 })],
  ["adam", adam({ learningRate: 0.1 })],
  ["adamW", adamW({ learningRate: 0.1 })],
  ["rmsProp", rmsProp({ learningRate: 0.1 })],
  ["rmsProp, centred", rmsProp({ learningRate: 0.1, momentum: 0.5, centered: true })],
  ["skipNonFinite(adam)", skipNonFinite(adam({ learningRate: 0.1 }))],
];

describe.each(optimizers)("%s", (_name, optimizer) => {
  const params = { a: f64([1, -2]), b: [f64([[3]])] };
  const grads = { a: f64([0.5, 1]), b: [f64([[-1]])] };

  it("finds the bottom of a bowl", () => {
    const bowl = (p: { x: Tensor }) => sum(mul(f64([1, 4]), square(sub(p.x, f64([2, -3])))));
    let point = { x: f64([0, 0]) };
    let state = optimizer.init(point);
    for (let i = 0; i < 400; i++) {
      const [, g] = valueAndGrad(bowl)(point);
      ({ params: point, state } = optimizer.update(point, g, state));
    }
    expectClose(point.x.toArray(), [2, -3], 0.05);
  });

  it("changes neither parameters nor state that it is given", () => {
    const state = optimizer.init(params);
    const before = treeLeaves({ params, state }).map(({ tensor: t }) => t.toArray());
    optimizer.update(params, grads, state);
    expect(treeLeaves({ params, state }).map(({ tensor: t }) => t.toArray())).toEqual(before);
  });

  it("keeps structure, dtypes and labels, with float32 and float64 side by side", () => {
    const mixed = { wide: label(f64([1]), "wide one"), narrow: tensor([1]) };
    const { params: next, state } = optimizer.update(mixed, mixed, optimizer.init(mixed));
    expect([next.wide.dtype, next.narrow.dtype]).toEqual(["float64", "float32"]);
    expect([next.wide.label, next.narrow.label]).toEqual(["wide one", undefined]);
    for (const { path, tensor: t } of treeLeaves(state.slots)) {
      expect(t.dtype).toBe(path.endsWith("wide") ? "float64" : "float32");
    }
  });

  it("is made of recorded operations, with the count of updates as an input", () => {
    const { tape, outputs } = record(
      (p, g, s) => optimizer.update(p, g, s),
      params,
      grads,
      optimizer.init(params),
    );
    expect(tape.inputs.map((t) => t.label)).toContain("step");
    expect(tape.constants.every((t) => t.rank === 0)).toBe(true);
    expect(outputs.state.step.item()).toBe(1);
  });

  it("can be differentiated through, for hyperparameters and learnt optimisers", () => {
    const next = (g: Tensor) => optimizer.update(params, { ...grads, a: g }, optimizer.init(params)).params.a;
    const [, tangent] = jvp(next, [grads.a], [f64([1, 1])]);
    expect([...tangent.data].every(Number.isFinite)).toBe(true);
  });

  it("refuses gradients and states that are not like the parameters", () => {
    const state = optimizer.init(params);
    const name = optimizer.name;
    expect(() => optimizer.update(params, { ...grads, a: f64([[1, 2]]) }, state)).toThrow(
      `${name}: a: the gradients are float64 [1, 2], the parameter is float64 [2]`,
    );
    expect(() => optimizer.update(params, { ...grads, a: tensor([1, 2]) }, state)).toThrow(
      "a: the gradients are float32 [2]",
    );
    expect(() => optimizer.update(params, { ...grads, b: [] }, state)).toThrow(
      `${name}: the gradients have nothing where the parameters have b[0]`,
    );
    const more = { ...grads, c: f64(1) };
    expect(() => optimizer.update(params, more, state)).toThrow(
      `${name}: the gradients have c, the parameters have not`,
    );
    const remembers = Object.keys(state.slots).length > 0;
    const update = () => optimizer.update(params, grads, { ...state, slots: {} });
    if (remembers) expect(update).toThrow(`${name}: the state's `);
  });

  it("refuses parameters that are not float tensors", () => {
    expect(() => optimizer.init({})).toThrow(
      `${optimizer.name}: got a tree without tensors, expected parameters`,
    );
    expect(() => optimizer.init({ n: tensor(1, { dtype: "int32" }) })).toThrow(
      "n is int32, expected float32 or float64",
    );
  });
});

describe("a gradient that is not finite", () => {
  const params = { a: f64([1, 2]), b: f64(3) };
  const bad = { a: f64([NaN, 1]), b: f64(1) };

  it("spreads to its parameter and no other", () => {
    const optimizer = adam({ learningRate: 0.1 });
    const { params: next } = optimizer.update(params, bad, optimizer.init(params));
    expect(next.a.toArray()).toEqual([NaN, expect.closeTo(1.9, 6)]);
    expect(next.b.item()).toBeCloseTo(2.9, 6);
  });

  it("leaves everything as it was under skipNonFinite, its count of updates too", () => {
    const optimizer = skipNonFinite(adam({ learningRate: 0.1 }));
    const good = { a: f64([1, 1]), b: f64(1) };
    const once = optimizer.update(params, good, optimizer.init(params));
    for (const grads of [bad, { ...good, b: f64(Infinity) }]) {
      const skipped = optimizer.update(once.params, grads, once.state);
      expect(treeLeaves(skipped).map(({ tensor: t }) => t.toArray())).toEqual(
        treeLeaves(once).map(({ tensor: t }) => t.toArray()),
      );
    }
    expect(optimizer.update(once.params, good, once.state).state.step.item()).toBe(2);
  });
});

describe("settings", () => {
  it("out of range are refused", () => {
    expect(() => sgd({ learningRate: -1 })).toThrow(
      "sgd: got learning rate -1, expected a number of 0 or more",
    );
    expect(() => sgd({ learningRate: NaN })).toThrow("sgd: got learning rate NaN");
    expect(() => sgd({ learningRate: 1, momentum: 1 })).toThrow(
      "sgd: got momentum 1, expected 0 up to but not 1",
    );
    expect(() => sgd({ learningRate: 1, weightDecay: -1 })).toThrow(
      "sgd: got weightDecay -1, expected 0 or more",
    );
    expect(() => sgd({ learningRate: 1, nesterov: true })).toThrow("sgd: got nesterov without momentum");
    expect(() => adam({ learningRate: 1, beta2: 1 })).toThrow("adam: got beta2 1");
    expect(() => adamW({ learningRate: 1, epsilon: NaN })).toThrow("adamW: got epsilon NaN");
    expect(() => rmsProp({ learningRate: 1, alpha: -0.1 })).toThrow("rmsProp: got alpha -0.1");
  });

  it("may include a schedule of the learning rate, which must give a scalar", () => {
    const falling = sgd({ learningRate: (step) => sub(1, mul(0.5, step.cast("float64"))) });
    let params = { x: f64(10) };
    let state = falling.init(params);
    const seen = [1, 2, 3].map(() => {
      ({ params, state } = falling.update(params, { x: f64(1) }, state));
      return params.x.item();
    });
    expect(seen).toEqual([9, 8.5, 8.5]);
    const vector = sgd({ learningRate: () => f64([1, 2]) });
    expect(() => vector.update(params, params, vector.init(params))).toThrow(
      "schedule gave float64 [2], expected a float scalar []",
    );
  });
});

it("an optimiser of one's own is made from its rule for one tensor", () => {
  const signs = defineOptimizer({
    name: "slow",
    learningRate: 1,
    slots: ["seen"],
    numbers: (t, rate) => ({ rate, t }),
    update: ({ param, gradient, slots: { seen }, numbers: { rate, t }, scalar }) => ({
      param: sub(param, mul(scalar(rate), gradient)),
      slots: { seen: add(seen, scalar(t)) },
    }),
  });
  const params = { x: tensor([1]) };
  const once = signs.update(params, params, signs.init(params));
  const twice = signs.update(once.params, params, once.state);
  expect(twice.params.x.toArray()).toEqual([-1]);
  expect(twice.state.slots.seen.x.toArray()).toEqual([3]);
});

test.prop([
  fc.array(
    fc.integer({ min: -64, max: 64 }).map((n) => n / 16),
    { minLength: 1, maxLength: 6 },
  ),
  fc.constantFrom(...optimizers),
])("a tree is updated as its tensors would be, each alone", (values, [, optimizer]) => {
  const [p, g] = [f64(values), f64(values.map((v, i) => v * (i - 1)))];
  const params = { x: p, rest: [f64([1, 2]), { y: p }] };
  const grads = treeMap(params, (_t, path) => (path.startsWith("rest[0]") ? f64([3, -4]) : g));
  const together = optimizer.update(params, grads, optimizer.init(params));
  const alone = optimizer.update({ x: p }, { x: g }, optimizer.init({ x: p }));
  expect(together.params.x.toArray()).toEqual(alone.params.x.toArray());
  expect(
    treeLeaves(together.params)
      .find(({ path }) => path === "rest[1].y")
      ?.tensor.toArray(),
  ).toEqual(alone.params.x.toArray());
});

it("float32 keeps the bias correction of the first Adam updates to full precision", () => {
  const optimizer = adam({ learningRate: 1 });
  const params = { x: tensor([0]) };
  const { params: next } = optimizer.update(params, { x: tensor([1e-3]) }, optimizer.init(params));
  expect(next.x.item()).toBeCloseTo(-1 / (1 + 1e-5), 6);
});
