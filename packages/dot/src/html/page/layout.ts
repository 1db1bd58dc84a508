import type { Layout } from "./read-layout.js";

export interface LayoutRequest {
  readonly id: number;
  readonly dot: string;
}

export type LayoutReply =
  { readonly id: number; readonly layout: Layout } | { readonly id: number; readonly error: string };

/** Longest wait for a layout, in milliseconds. */
const LIMIT = 20_000;

/** Asks a worker for layouts. A request takes the place of one that is still under way. */
export class Layouter {
  readonly #code: string;
  #worker: Worker | undefined;
  #id = 0;
  #settle: ((reply: LayoutReply | undefined) => void) | undefined;

  constructor(code: string) {
    this.#code = code;
    this.#start();
  }

  /**
   * @returns `undefined` if another request came in between
   * @throws Error when Graphviz cannot lay the graph out, or takes too long
   */
  async layout(dot: string): Promise<Layout | undefined> {
    this.#settle?.(undefined);
    const worker = this.#worker ?? this.#start();
    const id = ++this.#id;
    const reply = await new Promise<LayoutReply | undefined>((resolve) => {
      const timer = setTimeout(() => {
        this.#stop();
        resolve({ id, error: `the layout took longer than ${LIMIT / 1000} s` });
      }, LIMIT);
      this.#settle = (found) => {
        clearTimeout(timer);
        resolve(found);
      };
      worker.postMessage({ id, dot } satisfies LayoutRequest);
    });
    if (reply === undefined) return undefined;
    if ("layout" in reply) return reply.layout;
    throw new Error(`viewer: no layout: ${reply.error}`);
  }

  #start(): Worker {
    const address = URL.createObjectURL(new Blob([this.#code], { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.addEventListener("message", ({ data }: MessageEvent<LayoutReply>) => {
      if (data.id === this.#id) this.#settle?.(data);
    });
    worker.addEventListener("error", ({ message }) => {
      this.#stop();
      this.#settle?.({ id: this.#id, error: message });
    });
    this.#worker = worker;
    return worker;
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
