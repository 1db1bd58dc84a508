import { checkVisible, mistake, takeSteps, type Answer } from "./answers.js";
import { Client } from "./client.js";
import { commandOf, type Entrant, type Place } from "./contenders.js";
import { kernelRate } from "./floor.js";
import type { Settings } from "./options.js";
import { createProblem, writeProblem, type Problem } from "./problem.js";
import { Timer, type Call } from "./timing.js";
import type { Workload } from "./workloads.js";

/** What was found out about one entrant on one workload; milliseconds of a call, and bytes. */
export interface Figures {
  readonly step: number;
  readonly forward: number;
  readonly firstStep: number;
  readonly firstForward: number;
  /** The most memory of a process that takes a few steps, where that is measured. */
  readonly memory?: number;
}

export interface Result {
  readonly entrant: Entrant;
  readonly workload: Workload;
  /** Or why there are none. */
  readonly outcome: Figures | string;
  /** GFLOP/s of the library's own matrix kernel, at the same time. */
  readonly rate: number;
}

/** An entrant that has given the right answer. */
interface Runner {
  readonly client: Client;
  readonly firstStep: number;
  readonly timers: Readonly<Record<Call, Timer>>;
}

/** Workloads whose peak memory is measured, and after how many steps. */
const MEMORY = { workloads: ["W1", "W3"], steps: 5 };

/**
 * Measures all entrants on one workload: compares the answers, then takes times in turns, round after round, so that
 * what else the machine does hits all alike, then memory. Files go to `folder`.
 */
export async function measure(
  workload: Workload,
  entrants: readonly Entrant[],
  missing: ReadonlyMap<Entrant, string>,
  settings: Settings,
  place: Place,
  folder: string,
): Promise<Result[]> {
  const { rounds, log } = settings;
  const path = `${folder}/${workload.name}`;
  const problem = createProblem(workload);
  writeProblem(problem, path);
  const start = (entrant: Pick<Entrant, "name" | "kind">): Promise<Client> =>
    Client.start(...commandOf(entrant, path, place));

  log(`${workload.name}: answers`);
  const truth = await truthOf(await start({ name: "reference", kind: "ours" }), problem, path);
  const outcomes = new Map<Entrant, Runner | string>();
  for (const entrant of entrants) {
    const why = missing.get(entrant) ?? lacks(entrant, workload);
    const outcome = why ?? (await enter(() => start(entrant), truth, problem, path, settings));
    outcomes.set(entrant, outcome);
    if (typeof outcome === "string") log(`${workload.name}: no ${entrant.title}: ${outcome}`);
  }

  const before = kernelRate();
  const runners = [...outcomes.values()].filter((outcome) => typeof outcome !== "string");
  try {
    for (const call of ["step", "forward"] as const) {
      for (const { timers } of runners) await timers[call].warm();
      for (let round = 1; round <= rounds; round++) {
        log(`${workload.name}: ${call}, round ${round} of ${rounds}`);
        for (const { timers } of runners) await timers[call].measure();
      }
    }
  } finally {
    for (const { client } of runners) client.stop();
  }

  const rate = Math.max(before, kernelRate());
  const results: Result[] = [];
  for (const [entrant, runner] of outcomes) {
    if (typeof runner === "string") {
      results.push({ entrant, workload, outcome: runner, rate });
      continue;
    }
    const { step, forward } = runner.timers;
    const memory = MEMORY.workloads.includes(workload.name)
      ? { memory: await memoryOf(await start(entrant)) }
      : {};
    const times = { step: step.median, forward: forward.median };
    const firsts = { firstStep: runner.firstStep, firstForward: forward.first };
    results.push({ entrant, workload, outcome: { ...times, ...firsts, ...memory }, rate });
  }
  return results;
}

async function truthOf(client: Client, problem: Problem, path: string): Promise<Answer> {
  try {
    const truth = await takeSteps(client, problem, `${path}.params`);
    checkVisible(truth, problem);
    return truth;
  } finally {
    client.stop();
  }
}

/** Starts an entrant and compares its answer with the truth: gives what can be timed, or why it cannot. */
async function enter(
  start: () => Promise<Client>,
  truth: Answer,
  problem: Problem,
  path: string,
  settings: Settings,
): Promise<Runner | string> {
  let client: Client | undefined;
  try {
    client = await start();
    const answer = await takeSteps(client, problem, `${path}.params`);
    const wrong = mistake(answer, truth, problem);
    if (wrong !== undefined) throw new Error(`wrong answer: ${wrong}`);
    const timers = {
      step: new Timer(client, "step", settings),
      forward: new Timer(client, "forward", settings),
    };
    return { client, firstStep: answer.first, timers };
  } catch (error) {
    client?.stop();
    return error instanceof Error ? error.message : String(error);
  }
}

async function memoryOf(client: Client): Promise<number> {
  try {
    await client.ask({ do: "step", times: MEMORY.steps });
    return (await client.ask({ do: "memory" })).bytes ?? NaN;
  } finally {
    client.stop();
  }
}

function lacks({ cells }: Entrant, { cell }: Workload): string | undefined {
  return cells === undefined || cells.includes(cell) ? undefined : "it has no such layer";
}
