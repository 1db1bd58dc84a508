import { RenderError, RenderTimeError } from "./errors.js";
import { readAnswer } from "./messages.js";

/** A worker as the two kinds of engines have in common. */
export interface Hand {
  post(message: unknown): void;
  /** Ends it at once, whatever it is doing. */
  stop(): void;
  /** Whether a process has to stay alive for it. */
  hold(wanted: boolean): void;
}

/** What a worker reports: an answer, or that it broke. */
export interface Listener {
  answered(data: unknown): void;
  broke(reason: string): void;
}

/** Who asks, and how long it may take. */
export interface Order {
  readonly caller: string;
  /** In milliseconds. */
  readonly timeLimit: number;
}

/**
 * A worker that makes one picture at a time, kept from one to the next: loading takes longer than most pictures do.
 * A worker that failed, or that took too long, is ended, and the next picture gets a new one.
 */
export class Workshop<Request, Picture> {
  readonly #spawn: (listener: Listener) => Hand;
  readonly #isPicture: (value: unknown) => value is Picture;
  #hand: Hand | undefined;
  #listener: Listener | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(spawn: (listener: Listener) => Hand, isPicture: (value: unknown) => value is Picture) {
    this.#spawn = spawn;
    this.#isPicture = isPicture;
  }

  /**
   * A picture, after those that were asked for before. Its time begins when its turn comes.
   *
   * @throws RenderError when it cannot be made
   * @throws RenderTimeError when it took too long
   */
  make(request: Request, order: Order): Promise<Picture> {
    const picture = this.#last.then(() => this.#makeNow(request, order));
    this.#last = picture.catch(() => undefined);
    return picture;
  }

  #makeNow(request: Request, { caller, timeLimit }: Order): Promise<Picture> {
    return new Promise((resolve, reject) => {
      // Timers count in 32 bits; an infinite limit needs none.
      const timer =
        timeLimit > 0x7fffffff
          ? undefined
          : setTimeout(() => fail(new RenderTimeError(caller, timeLimit)), timeLimit);
      const done = (): void => {
        clearTimeout(timer);
        this.#listener = undefined;
        this.#hand?.hold(false);
      };
      const fail = (error: RenderError): void => {
        done();
        this.#hand?.stop();
        this.#hand = undefined;
        reject(error);
      };
      this.#listener = {
        answered: (data) => {
          const answer = readAnswer(data, this.#isPicture);
          if ("reason" in answer) fail(new RenderError(`${caller}: ${answer.reason}`));
          else {
            done();
            resolve(answer.picture);
          }
        },
        broke: (reason) => fail(new RenderError(`${caller}: the worker ended: ${reason}`)),
      };
      try {
        this.#hand ??= this.#start();
        this.#hand.hold(true);
        this.#hand.post(request);
      } catch (error) {
        fail(new RenderError(`${caller}: no worker can be started: ${String(error)}`, { cause: error }));
      }
    });
  }

  /** A new worker, whose reports count for as long as it is the one at work. */
  #start(): Hand {
    const atWork = (): Listener | undefined => (this.#hand === hand ? this.#listener : undefined);
    const hand: Hand = this.#spawn({
      answered: (data) => atWork()?.answered(data),
      broke: (reason) => {
        const listener = atWork();
        if (listener !== undefined) listener.broke(reason);
        else if (hand === this.#hand) this.#hand = undefined;
      },
    });
    return hand;
  }
}
