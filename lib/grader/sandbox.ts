/**
 * Runs Python functions in locked child processes: the place where a grader's source runs on this machine.
 * @module
 */
import { ConfigurationError } from "../util/errors.js";
import { type CallOutcome, type Calls, SandboxProcess } from "./sandbox-process.js";

export type { CallOutcome } from "./sandbox-process.js";

export interface SandboxOptions {
  /** Seconds that one call may take, 10 by default; the service allows 120. */
  timeLimit?: number;
}

/** Graders that have a process at the same time at most. Each takes some 200 MB. */
const maxLanes = 3;

/** So long after a call the spare process starts. */
const idleMilliseconds = 300;

/** Prepares a sandbox; its first process starts with the first call. */
export function openSandbox(options: SandboxOptions = {}): GraderSandbox {
  // Node's own listener would open its debugger to whoever may send this signal.
  if (!process.listeners("SIGUSR1").includes(ignoreSignal)) process.on("SIGUSR1", ignoreSignal);
  return new GraderSandbox(options);
}

function ignoreSignal(): void {}

/**
 * Runs each grader in a process of its own, so that what a grader does to its interpreter, its clock or its
 * memory changes no other grader's grade. A grader is told by the text of its source, or by the `owner`
 * that is named with the call: the parts of a multi grader come from one author and share a process. The
 * processes of the graders used last are kept; one that crashed or ran out of time is replaced. Calls may
 * overlap: those of one grader queue up, those of several run side by side. An idle sandbox does not keep
 * the parent process alive, and its processes end with the parent.
 */
export class GraderSandbox {
  readonly #timeLimit: number;
  /** By owner; the one used longest ago comes first. */
  readonly #lanes = new Map<string, Lane>();
  /** A process without a grader yet, so that the next one answers at once. */
  #spare: SandboxProcess | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  /** Owners get their lanes in the order of their calls. */
  #gate: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor({ timeLimit = 10 }: SandboxOptions) {
    this.#timeLimit = timeLimit * 1000;
  }

  /**
   * Calls `functionName` of the Python `source` once for each list of arguments, in order; one outcome for
   * each. A call that times out or crashes costs that call alone: the remaining ones run in a fresh
   * process. Throws a `ConfigurationError` if the sandbox cannot start or is closed.
   */
  async call(
    source: string,
    functionName: string,
    argumentLists: unknown[][],
    owner: string = source,
  ): Promise<CallOutcome[]> {
    const queued = this.#gate.then(async () => {
      const lane = await this.#laneOf(owner);
      return { outcomes: lane.call({ source, functionName, argumentLists }) };
    });
    this.#gate = queued.catch(() => {});
    const outcomes = await (await queued).outcomes;
    this.#startSpareWhenIdle();
    return outcomes;
  }

  /** Ends the processes; a call still running fails. Safe to call twice. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#spareTimer);
    for (const lane of this.#lanes.values()) lane.close();
    this.#spare?.end();
  }

  async #laneOf(owner: string): Promise<Lane> {
    while (!this.#closed && !this.#lanes.has(owner) && this.#lanes.size >= maxLanes) {
      const [idle] = [...this.#lanes].filter(([, lane]) => lane.isIdle);
      if (idle === undefined) {
        await Promise.race([...this.#lanes.values()].map((lane) => lane.settled));
        continue;
      }
      idle[1].close();
      this.#lanes.delete(idle[0]);
    }
    if (this.#closed) throw closedError();
    const lane = this.#lanes.get(owner) ?? new Lane(() => this.#takeProcess(), this.#timeLimit);
    this.#lanes.delete(owner);
    this.#lanes.set(owner, lane);
    return lane;
  }

  /**
   * A start takes a second of processor time, which a sandbox that is closed after its first calls never
   * needs.
   */
  #startSpareWhenIdle(): void {
    clearTimeout(this.#spareTimer);
    if (this.#closed || this.#spare !== undefined) return;
    this.#spareTimer = setTimeout(() => {
      this.#spare ??= new SandboxProcess();
    }, idleMilliseconds).unref();
  }

  #takeProcess(): SandboxProcess {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare === undefined || spare.ended ? new SandboxProcess() : spare;
  }
}

/** The batches of one grader, one after the other, in a process that is replaced when it ends. */
class Lane {
  readonly #takeProcess: () => SandboxProcess;
  readonly #timeLimit: number;
  #process: SandboxProcess | undefined;
  #pending = 0;
  #closed = false;
  /** Settles with the batch that was called last. */
  settled: Promise<unknown> = Promise.resolve();

  constructor(takeProcess: () => SandboxProcess, timeLimit: number) {
    this.#takeProcess = takeProcess;
    this.#timeLimit = timeLimit;
  }

  get isIdle(): boolean {
    return this.#pending === 0;
  }

  call(calls: Calls): Promise<CallOutcome[]> {
    this.#pending += 1;
    const outcomes = this.settled.then(() => this.#run(calls)).finally(() => (this.#pending -= 1));
    this.settled = outcomes.catch(() => {});
    return outcomes;
  }

  close(): void {
    this.#closed = true;
    this.#process?.end();
  }

  async #run(calls: Calls): Promise<CallOutcome[]> {
    const outcomes: CallOutcome[] = [];
    while (outcomes.length < calls.argumentLists.length) {
      if (this.#closed) throw closedError();
      if (this.#process === undefined || this.#process.ended) this.#process = this.#takeProcess();
      const rest = calls.argumentLists.slice(outcomes.length);
      const { received, loaded, failure } = await this.#process.run({ ...calls, argumentLists: rest }, this.#timeLimit);
      outcomes.push(...received);
      if (failure !== undefined) {
        // A source that cannot even be loaded would fail every call the same way.
        const failed = loaded ? 1 : rest.length;
        outcomes.push(...Array.from({ length: failed }, () => failure));
      }
    }
    return outcomes;
  }
}

function closedError(): ConfigurationError {
  return new ConfigurationError("This grader sandbox is closed. Open a new one with openSandbox().");
}
