// The parts of the peers' interfaces that are used here, so that the repository type-checks without their packages.

declare module "@tensorflow/tfjs" {
  export interface Tensor {
    readonly shape: number[];
    dataSync(): Float32Array;
    dispose(): void;
  }
  export interface Variable extends Tensor {
    readonly trainable: boolean;
  }
  export interface Optimizer {
    minimize(loss: () => Tensor, returnCost: true): Tensor | null;
  }
  export function setBackend(name: string): Promise<boolean>;
  export function ready(): Promise<void>;
  export function tidy<T>(fn: () => T): T;
  export function tensor(values: Float32Array, shape: readonly number[]): Tensor;
  export function variable(initial: Tensor): Variable;
  export function zeros(shape: readonly number[]): Tensor;
  export function scalar(value: number): Tensor;
  export function unstack(x: Tensor, axis: number): Tensor[];
  export function concat(tensors: readonly Tensor[], axis: number): Tensor;
  export function matMul(a: Tensor, b: Tensor): Tensor;
  export function add(a: Tensor, b: Tensor): Tensor;
  export function sub(a: Tensor, b: Tensor): Tensor;
  export function mul(a: Tensor, b: Tensor): Tensor;
  export function sigmoid(x: Tensor): Tensor;
  export function tanh(x: Tensor): Tensor;
  export function reshape(x: Tensor, shape: readonly number[]): Tensor;
  export const losses: {
    meanSquaredError(labels: Tensor, predictions: Tensor): Tensor;
    softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor;
  };
  export const train: { sgd(rate: number): Optimizer };
}

declare module "@tensorflow/tfjs-backend-wasm";

declare module "@jax-js/jax" {
  /** Every use takes one reference; `ref` gives another. */
  export interface Array {
    readonly ref: this;
    readonly shape: number[];
    add(other: Array | number): Array;
    sub(other: Array | number): Array;
    mul(other: Array | number): Array;
    neg(): Array;
    slice(...index: (number | [] | [number, number])[]): Array;
    reshape(shape: readonly number[]): Array;
    sum(): Array;
    dispose(): void;
    dataSync(): Float32Array;
  }
  export function init(...devices: string[]): Promise<string[]>;
  export function defaultDevice(device: string): string;
  export function jit<Args extends readonly unknown[], R>(fn: (...args: Args) => R): (...args: Args) => R;
  export function valueAndGrad<P, Rest extends readonly unknown[]>(
    fn: (params: P, ...rest: Rest) => Array,
  ): (params: P, ...rest: Rest) => [value: Array, gradient: P];
  export const numpy: {
    array(values: Float32Array): Array;
    zeros(shape: readonly number[]): Array;
    concatenate(arrays: readonly Array[], axis: number): Array;
    matmul(a: Array, b: Array): Array;
    tanh(x: Array): Array;
    square(x: Array): Array;
    mean(x: Array): Array;
  };
  export const nn: { sigmoid(x: Array): Array; logSoftmax(x: Array): Array };
  export const tree: { ref<T>(tree: T): T; dispose(tree: unknown): void };
}
