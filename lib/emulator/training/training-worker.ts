/**
 * The thread in which one job trains. It reports every step and continues when the report is on disk, so that
 * what is recorded is never behind the state from which a killed job resumes.
 * @module
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename } from "node:path";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { openSandbox } from "../../grader/sandbox.js";
import type { Grader } from "../../service/graders.js";
import type { TrainingLine } from "../../service/training-file.js";
import { DataError } from "../../util/errors.js";
import { readLines } from "../../util/jsonl.js";
import { loadCheckpoint, saveCheckpoint } from "../nano/checkpoint.js";
import { countSteps, type GrpoOptions, type StepReport, trainGrpo } from "../nano/grpo.js";
import { loadNano, type Nano } from "../nano/transformer.js";
import { checkpointWeights, finalWeights, stateFile } from "../state/models.js";
import { type Example, type GraderCounts, rewardMeter } from "./reward.js";

/** What the thread is started with. */
export interface TrainingInput {
  trainingFile: string;
  validationFile: string;
  grader: Grader;
  plan: GrpoOptions;
  /** The weights to start from; null for the base model. */
  startWeights: string | null;
  /** Where weights and the state of the run are kept; from a state that is found there the run resumes. */
  folder: string;
}

/** What the thread says before its first step. */
export interface TrainingStart {
  kind: "start";
  /** 0, or the step after which it resumes. */
  completedSteps: number;
  totalSteps: number;
  /**
   * A sentence about the state that it could not resume from, and that lies beside it now; null where there
   * is none.
   */
  damage: string | null;
}

/** What the thread says after it has written weights that can be deployed. */
export interface TrainedWeights {
  kind: "weights";
  /** The file's name in the job's folder. */
  name: string;
  sha256: string;
}

/** What the thread says after each step. */
export interface TrainedStep {
  kind: "step";
  report: StepReport;
  errors: Record<Example["split"], GraderCounts>;
}

export type TrainingMessage = TrainingStart | TrainedWeights | TrainedStep;

/** What the server replies to each message, once it has recorded it. */
export type TrainingReply = "continue" | "pause";

async function train({
  trainingFile,
  validationFile,
  grader,
  plan,
  startWeights,
  folder,
}: TrainingInput): Promise<void> {
  const trainingRows = await readExamples(trainingFile, "train");
  const validationRows = await readExamples(validationFile, "valid");
  const statePath = stateFile(folder);
  const { model, step, damage } = await start(statePath, startWeights);
  const save = async (file: string): Promise<void> => {
    await report({ kind: "weights", name: basename(file), sha256: await model.save(file) });
  };
  const sandbox = openSandbox();
  try {
    const meter = rewardMeter(sandbox, grader);
    await report({ kind: "start", completedSteps: step, totalSteps: countSteps(trainingRows.length, plan), damage });
    for await (const done of trainGrpo(model, trainingRows, validationRows, meter.reward, plan, step)) {
      if (done.evaluated) await save(checkpointWeights(folder, done.step));
      const reply = await report({ kind: "step", report: done, errors: meter.takeErrors() });
      if (done.evaluated || reply === "pause") await saveCheckpoint(statePath, model, done.step);
      if (reply === "pause") return await save(checkpointWeights(folder, done.step));
    }
    await save(finalWeights(folder));
  } finally {
    sandbox.close();
  }
}

/** Tells the server, and waits until it has recorded what it was told. */
async function report(message: TrainingMessage): Promise<TrainingReply> {
  const port = parentPort as MessagePort;
  const replied = once(port, "message");
  port.postMessage(message);
  const [reply] = (await replied) as [TrainingReply];
  return reply;
}

/**
 * Resumes from the state of the run, or begins. A state that is damaged moves aside: the same run makes it
 * again.
 */
async function start(
  statePath: string,
  weights: string | null,
): Promise<{ model: Nano; step: number; damage: string | null }> {
  let damage: string | null = null;
  if (existsSync(statePath)) {
    try {
      return { ...(await loadCheckpoint(statePath)), damage };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      await rename(statePath, `${statePath}.damaged`);
      damage = error.message;
    }
  }
  return { model: loadNano(weights ?? undefined), step: 0, damage };
}

/**
 * The rows of a checked file. The prompt is the last message, the user's; instructions mean nothing to so
 * small a model.
 */
async function readExamples(path: string, split: Example["split"]): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const line of readLines(path)) {
    const { messages, ...item } = JSON.parse(line) as TrainingLine;
    examples.push({ split, prompt: messages.at(-1)?.content ?? "", item });
  }
  return examples;
}

void train(workerData as TrainingInput);
