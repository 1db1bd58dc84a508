export type CellName = "rnn" | "lstm" | "mgu";

/** A model, its sizes and its task; every contender trains exactly this. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly cell: CellName;
  /** Squared error of the last hidden state's output, or softmax cross-entropy of the output of every time step. */
  readonly task: "regression" | "characters";
  readonly batch: number;
  readonly time: number;
  readonly input: number;
  readonly hidden: number;
  readonly output: number;
  /** The learning rate: no update is lost in rounding, and thousands of steps stay stable. */
  readonly rate: number;
}

export const workloads: readonly Workload[] = [
  {
    name: "W0",
    title: "tanh RNN, many-to-one",
    cell: "rnn",
    task: "regression",
    ...{ batch: 1, time: 10, input: 1, hidden: 8, output: 1, rate: 0.05 },
  },
  {
    name: "W1",
    title: "tanh RNN, many-to-one",
    cell: "rnn",
    task: "regression",
    ...{ batch: 8317, time: 10, input: 1, hidden: 50, output: 1, rate: 0.05 },
  },
  {
    name: "W2",
    title: "LSTM, many-to-one",
    cell: "lstm",
    task: "regression",
    ...{ batch: 32, time: 50, input: 32, hidden: 128, output: 1, rate: 0.05 },
  },
  {
    name: "W3",
    title: "character LSTM, many-to-many, softmax cross-entropy",
    cell: "lstm",
    task: "characters",
    ...{ batch: 32, time: 64, input: 65, hidden: 256, output: 65, rate: 0.5 },
  },
  {
    name: "W4",
    title: "minimal gated unit, many-to-one",
    cell: "mgu",
    task: "regression",
    ...{ batch: 32, time: 50, input: 32, hidden: 128, output: 1, rate: 0.05 },
  },
];

/** The names of a cell's weights [hidden + input, hidden] (rows of h, then of x); biases [hidden] have b for w. */
export const weightsOf: Readonly<Record<CellName, readonly string[]>> = {
  rnn: ["w"],
  lstm: ["wf", "wi", "wc", "wo"],
  mgu: ["wf", "wc"],
};

/** Names and shapes of all parameters, in the order in which they are stored. */
export function parametersOf({
  cell,
  input,
  hidden,
  output,
}: Workload): Readonly<Record<string, readonly number[]>> {
  const shapes: Record<string, readonly number[]> = {};
  for (const name of weightsOf[cell]) {
    shapes[name] = [hidden + input, hidden];
    shapes[biasOf(name)] = [hidden];
  }
  return { ...shapes, wy: [hidden, output], by: [output] };
}

export function biasOf(weight: string): string {
  return weight.replace("w", "b");
}
