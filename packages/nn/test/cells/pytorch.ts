import {
  add,
  concat,
  grad,
  index,
  mul,
  split,
  stack,
  sum,
  tensor,
  transpose,
  treeLeaves,
  treeMap,
  treeTensors,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import {
  bidirectional,
  gru,
  lstm,
  rnn,
  unroll,
  type Cell,
  type CellSizes,
  type GruParams,
  type HiddenState,
  type LstmParams,
  type LstmState,
  type RnnParams,
  type UnrollOptions,
} from "@tapeloop/nn";
import type { Numbers, RecurrentCase } from "../../../../test/fixtures/index.js";

type Named = Readonly<Record<string, Tensor>>;
type Mode = Pick<UnrollOptions<Tree>, "mode" | "layout">;

/** A cell, and how it reads PyTorch's parameters and states; made of operations, so gradients flow back to those. */
export interface Port<P extends Tree, S extends Tree> {
  readonly cell: Cell<P, S>;
  /** From weight_ih_l0 [gates·H, I] and so on, where `at` is "_l0". */
  params(torch: Named, at: string): P;
  /** State `k` of the stacked ones, [layers·directions, B, H]. */
  state(torch: Named, k: number): S;
}

export function rnnPort(cell: Cell<RnnParams, HiddenState> = rnn): Port<RnnParams, HiddenState> {
  return {
    cell,
    params: (torch, at) => ({
      wx: transpose(named(torch, `weight_ih${at}`)),
      wh: transpose(named(torch, `weight_hh${at}`)),
      b: add(named(torch, `bias_ih${at}`), named(torch, `bias_hh${at}`)),
    }),
    state: (torch, k) => ({ h: index(named(torch, "h"), k) }),
  };
}

export function lstmPort(cell: Cell<LstmParams, LstmState> = lstm): Port<LstmParams, LstmState> {
  return {
    cell,
    params(torch, at) {
      const [wi, wf, wc, wo] = joined(torch, at, 4);
      const [bi, bf, bc, bo] = bothBiases(torch, at, 4);
      return { wf: wf!, bf: bf!, wi: wi!, bi: bi!, wc: wc!, bc: bc!, wo: wo!, bo: bo! };
    },
    state: (torch, k) => ({ h: index(named(torch, "h"), k), c: index(named(torch, "c"), k) }),
  };
}

export function gruPort(cell: Cell<GruParams, HiddenState> = gru): Port<GruParams, HiddenState> {
  return {
    cell,
    params(torch, at) {
      const [wr, wz] = joined(torch, at, 3);
      const [br, bz] = bothBiases(torch, at, 3);
      const candidate = (name: string): Tensor => split(named(torch, `${name}${at}`), 3, 0)[2]!;
      const [wxn, whn] = [transpose(candidate("weight_ih")), transpose(candidate("weight_hh"))];
      return {
        wr: wr!,
        br: br!,
        wz: wz!,
        bz: bz!,
        wxn,
        bxn: candidate("bias_ih"),
        whn,
        bhn: candidate("bias_hh"),
      };
    },
    state: (torch, k) => ({ h: index(named(torch, "h"), k) }),
  };
}

/** One weight [H + I, H] per gate, rows h then x. */
function joined(torch: Named, at: string, gates: number): Tensor[] {
  const wx = split(transpose(named(torch, `weight_ih${at}`)), gates);
  const wh = split(transpose(named(torch, `weight_hh${at}`)), gates);
  return wh.map((w, k) => concat([w, wx[k]!], 0));
}

function bothBiases(torch: Named, at: string, gates: number): readonly Tensor[] {
  return split(add(named(torch, `bias_ih${at}`), named(torch, `bias_hh${at}`)), gates);
}

/** Everything that the fixtures hold results for. */
export interface Golden extends Record<string, Tree> {
  readonly outputs: Tensor;
  readonly finalState: Named;
  readonly loss: Tensor;
  readonly gradients: { readonly params: Named; readonly x: Tensor; readonly initialState: Named };
}

/** What PyTorch found. */
export function goldenOf({ outputs, finalState, loss, gradients }: RecurrentCase): Golden {
  const { params, x, initialState } = gradients;
  return {
    outputs: float64(outputs),
    finalState: allFloat64(finalState),
    loss: float64(loss),
    gradients: { params: allFloat64(params), x: float64(x), initialState: allFloat64(initialState) },
  };
}

/** What we find: forward, and the gradient of the fixture's loss by PyTorch's own parameters, data and states. */
export function resultOf<P extends Tree, S extends Tree>(
  port: Port<P, S>,
  golden: RecurrentCase,
  mode: Mode = {},
): Golden {
  const weights = allFloat64(golden.lossWeights);
  const run = (params: Named, x: Tensor, initial: Named) => {
    const { outputs, finalState } = forward(port, golden.sizes, { params, x, initial }, mode);
    const finals = Object.entries(finalState).map(([name, t]) => sum(mul(t, named(weights, name))));
    const loss = finals.reduce(add, sum(mul(outputs, named(weights, "outputs"))));
    return { outputs, finalState, loss };
  };
  const args = [allFloat64(golden.params), float64(golden.x), allFloat64(golden.initialState)] as const;
  const [params, x, initialState] = grad((...all: typeof args) => run(...all).loss, { argnums: [0, 1, 2] })(
    ...args,
  );
  return { ...run(...args), gradients: { params, x, initialState } };
}

interface Inputs {
  readonly params: Named;
  readonly x: Tensor;
  readonly initial: Named;
}

function forward<P extends Tree, S extends Tree>(
  port: Port<P, S>,
  { layers, directions }: RecurrentCase["sizes"],
  { params, x, initial }: Inputs,
  mode: Mode,
) {
  const turned = mode.layout === "columns";
  const turn = <T extends Tree>(tree: T): T => (turned ? treeMap(tree, (t) => transpose(t)) : tree);
  const finals: S[] = [];
  let xs = turn(x);
  for (let layer = 0; layer < layers; layer++) {
    const at = `_l${layer}`;
    const start = (direction: number): S => turn(port.state(initial, layer * directions + direction));
    if (directions === 1) {
      const run = unroll<P, S, CellSizes>(port.cell, port.params(params, at), xs, {
        ...mode,
        state: start(0),
      });
      finals.push(turn(run.state));
      xs = run.outputs;
    } else {
      const both = { forward: port.params(params, at), backward: port.params(params, `${at}_reverse`) };
      const run = bidirectional<P, S, CellSizes>(port.cell, both, xs, {
        ...mode,
        state: { forward: start(0), backward: start(1) },
      });
      finals.push(turn(run.state.forward), turn(run.state.backward));
      xs = run.outputs;
    }
  }
  const names = treeLeaves(finals[0]).map(({ path }) => path);
  const stacked = names.map(
    (name, k) => [name, stack(finals.map((final) => treeTensors(final)[k]!))] as const,
  );
  return { outputs: turn(xs), finalState: Object.fromEntries(stacked) };
}

function named(tensors: Named, name: string): Tensor {
  const t = tensors[name];
  if (t === undefined) throw new TypeError(`no ${name} among ${Object.keys(tensors).join(", ")}`);
  return t;
}

function float64(numbers: Numbers): Tensor {
  return tensor(numbers, { dtype: "float64" });
}

function allFloat64(numbers: Readonly<Record<string, Numbers>>): Named {
  return Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, float64(n)]));
}
