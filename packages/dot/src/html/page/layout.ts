import type { Layout } from "./read-layout.js";

export interface LayoutRequest {
  readonly id: number;
  readonly dot: string;
}

export type LayoutReply =
  { readonly id: number; readonly layout: Layout } | { readonly id: number; readonly error: string };

/** A worker that lays out one graph after the other, and cannot be interrupted but by its end. */
export interface LayoutWorker {
  post(request: LayoutRequest): void;
  terminate(): void;
}

/** What a worker reports: a reply, or that it broke. */
export interface LayoutListener {
  answered(reply: LayoutReply): void;
  broke(message: string): void;
}

/** Longest wait for a layout, in milliseconds. */
const LIMIT = 20_000;

/**
 * How long, in milliseconds, a layout that nobody waits for any more may go on: most are done by then, and a new worker has
 * to load Graphviz first.
 */
const GRACE = 200;

interface Order extends LayoutRequest {
  /** Says what became of it. Only the first time counts. */
  readonly settle: (reply: LayoutReply | undefined) => void;
}

/** Asks a worker for layouts. A request takes the place of one that is still under way. */
export class Layouter {
  readonly #spawn: (listener: LayoutListener) => LayoutWorker;
  #worker: LayoutWorker | undefined;
  #id = 0;
  /** What the worker works on. */
  #current: Order | undefined;
  /** What comes after it. */
  #next: Order | undefined;
  #limit: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(spawn: (listener: LayoutListener) => LayoutWorker) {
    this.#spawn = spawn;
    this.#worker = this.#start();
  }

  /**
   * @returns `undefined` if another request came in between
   * @throws Error when Graphviz cannot lay the graph out, or takes too long
   */
  async layout(dot: string): Promise<Layout | undefined> {
    const reply = await new Promise<LayoutReply | undefined>((settle) => {
      this.#take({ id: ++this.#id, dot, settle });
    });
    if (reply === undefined) return undefined;
    if ("layout" in reply) return reply.layout;
    throw new Error(`viewer: no layout: ${reply.error}`);
  }

  #take(order: Order): void {
    if (this.#current === undefined) {
      this.#begin(order);
      return;
    }
    this.#current.settle(undefined);
    this.#next?.settle(undefined);
    this.#next = order;
    this.#grace ??= setTimeout(() => this.#end(), GRACE);
  }

  #begin(order: Order): void {
    const { id, dot } = order;
    const worker = (this.#worker ??= this.#start());
    this.#current = order;
    this.#limit = setTimeout(() => this.#end(`the layout took longer than ${LIMIT / 1000} s`), LIMIT);
    worker.post({ id, dot });
  }

  /** A new worker, whose reports count for as long as it is the one at work. */
  #start(): LayoutWorker {
    const worker: LayoutWorker = this.#spawn({
      answered: (reply) => {
        if (worker === this.#worker && reply.id === this.#current?.id) this.#done(reply);
      },
      broke: (message) => {
        if (worker === this.#worker) this.#end(message);
      },
    });
    return worker;
  }

  /** Ends the worker in the middle of its work. */
  #end(error = ""): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#done({ id: this.#current?.id ?? 0, error });
  }

  #done(reply: LayoutReply): void {
    clearTimeout(this.#limit);
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#current?.settle(reply);
    this.#current = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.#begin(next);
  }
}

/** Makes workers that run some code. */
export function workersOf(code: string): (listener: LayoutListener) => LayoutWorker {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  return (listener) => {
    const worker = new Worker(address);
    worker.addEventListener("message", ({ data }: MessageEvent<LayoutReply>) => listener.answered(data));
    worker.addEventListener("error", ({ message }) => listener.broke(message));
    return { post: (request) => worker.postMessage(request), terminate: () => worker.terminate() };
  };
}
