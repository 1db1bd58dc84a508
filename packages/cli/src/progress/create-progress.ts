import { createLogUpdate } from "log-update";
import { startClock, type Clock } from "./clock.js";
import { formatBar, formatDuration, formatLoss } from "./format.js";

export interface ProgressOptions {
  /** Number of epochs that will be run at most. */
  readonly total: number;
  /** Where to write; standard error unless told, so that results on standard output can be piped. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Environment to look for `CI` and `TERM` in; that of the process unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The time in milliseconds; for tests. */
  readonly now?: () => number;
}

/** One epoch that has been run. */
export interface Epoch {
  /** Number of epochs run so far, from 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly validationLoss?: number | undefined;
}

export interface Progress {
  /** Shows that an epoch has been run. */
  update(epoch: Epoch): void;
  /** Leaves the last state on the screen. To be called at the end, also after an error; again does nothing. */
  stop(): void;
}

const REDRAW_MS = 60;
const LINE_MS = 10_000;
const LINE_SHARE = 0.1;
const BAR_WIDTH = 30;
const SHORTEST_BAR = 8;

/**
 * Shows the progress of a training: a bar that is redrawn in place on a terminal; elsewhere (a pipe, a file,
 * continuous integration) a plain line now and then.
 *
 * It hides no cursor and changes no other state of the terminal, so there is nothing to restore after
 * Ctrl-C or a crash; and as it needs no timer, it also shows a training that never returns to the event loop.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { total, stream = process.stderr, env = process.env, now = () => performance.now() } = options;
  const clock = startClock(now);
  const inPlace = stream.isTTY === true && env["TERM"] !== "dumb" && !isContinuousIntegration(env);
  const show = inPlace ? redraw(stream, total, clock) : printLines(stream, total, clock);
  let last: Epoch | undefined;
  let stopped = false;
  return {
    update(epoch) {
      if (stopped) return;
      last = epoch;
      clock.tick(epoch.epoch);
      show.epoch(epoch);
    },
    stop() {
      if (!stopped) show.end(last);
      stopped = true;
    },
  };
}

interface Display {
  epoch(epoch: Epoch): void;
  end(last: Epoch | undefined): void;
}

function redraw(stream: NonNullable<ProgressOptions["stream"]>, total: number, clock: Clock): Display {
  const screen = createLogUpdate(stream, { showCursor: true });
  let drawnAt = -Infinity;
  const draw = (epoch: number, parts: readonly string[]) => {
    const text = parts.join("  ");
    // The last column stays free: some terminals wrap as soon as it is filled.
    const room = (stream.columns ?? 80) - 1;
    const width = Math.min(BAR_WIDTH, room - text.length - 2);
    const bar = width >= SHORTEST_BAR ? `${formatBar(epoch / total, width)}  ` : "";
    screen(`${bar}${text}`.slice(0, room));
  };
  draw(0, [countEpochs(0, total)]);
  return {
    epoch(epoch) {
      if (clock.elapsed() - drawnAt < REDRAW_MS) return;
      drawnAt = clock.elapsed();
      draw(epoch.epoch, [...describe(epoch, total), timeLeft(clock, total)]);
    },
    end(last) {
      if (last === undefined) screen.clear();
      else draw(last.epoch, [...describe(last, total), formatDuration(clock.elapsed())]);
      screen.done();
    },
  };
}

function printLines(stream: NodeJS.WritableStream, total: number, clock: Clock): Display {
  let printed: { epoch: number; time: number } | undefined;
  const print = (epoch: Epoch, time: string) => {
    stream.write(`${[...describe(epoch, total), time].join("  ")}\n`);
    printed = { epoch: epoch.epoch, time: clock.elapsed() };
  };
  return {
    epoch(epoch) {
      const due =
        printed === undefined ||
        epoch.epoch >= total ||
        epoch.epoch - printed.epoch >= total * LINE_SHARE ||
        clock.elapsed() - printed.time >= LINE_MS;
      if (due) print(epoch, timeLeft(clock, total));
    },
    end(last) {
      if (last !== undefined && last.epoch !== printed?.epoch) print(last, timeLeft(clock, total));
    },
  };
}

function describe({ epoch, loss, validationLoss }: Epoch, total: number): readonly string[] {
  const count = countEpochs(epoch, total);
  const training = `loss ${formatLoss(loss).padEnd(7)}`;
  return validationLoss === undefined
    ? [count, training]
    : [count, training, `validation ${formatLoss(validationLoss).padEnd(7)}`];
}

function countEpochs(epoch: number, total: number): string {
  return `epoch ${String(epoch).padStart(String(total).length)}/${total}`;
}

function timeLeft(clock: Clock, total: number): string {
  const left = clock.left(total);
  return Number.isFinite(left) ? `${formatDuration(left)} left` : "";
}

function isContinuousIntegration(env: NonNullable<ProgressOptions["env"]>): boolean {
  return !["", "0", "false", undefined].includes(env["CI"]);
}
