import type { Client } from "./client.js";
import type { Settings } from "./options.js";

export type Call = "step" | "forward";

/** The samples of one kind of call of one contender. */
export class Timer {
  /** Milliseconds of the first call, which compiles where there is something to compile. */
  first = NaN;
  private readonly samples: number[] = [];
  /** How many calls make one sample. */
  private calls = 1;
  private spent = 0;

  constructor(
    private readonly client: Client,
    private readonly call: Call,
    private readonly settings: Settings,
  ) {}

  /** Runs until the engine's optimizing compiler has had its time; finds how many calls make a sample. */
  async warm(): Promise<void> {
    const { sample } = this.settings;
    let spent = 0;
    do {
      const { wall } = await this.run(this.calls);
      if (Number.isNaN(this.first)) this.first = wall;
      spent += wall;
      this.calls = Math.max(1, Math.min(10 * this.calls, Math.ceil((this.calls * sample) / wall)));
    } while (spent < 2 * sample);
  }

  /** One sample, unless this contender has used its time. */
  async measure(): Promise<void> {
    const { seconds, clock } = this.settings;
    if (this.spent > 1000 * seconds && this.samples.length >= 3) return;
    await this.run(1); // the caches are the others'
    const taken = await this.run(this.calls);
    this.samples.push(taken[clock] / this.calls);
    this.spent += taken.wall;
  }

  /** Milliseconds of a call. */
  get median(): number {
    const sorted = this.samples.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    const upper = sorted[middle] ?? NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
  }

  private async run(times: number): Promise<{ wall: number; cpu: number }> {
    const { wall = NaN, cpu = NaN } = await this.client.ask({ do: this.call, times });
    return { wall, cpu };
  }
}
