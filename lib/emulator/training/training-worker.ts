/**
 * The thread in which one job trains. It reports every step and continues when the report is on disk, so that
 * what is recorded is never behind the state from which a killed job resumes.
 * @module
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { openSandbox } from "../../grader/sandbox.js";
import type { Grader } from "../../service/graders.js";
import type { TrainingLine } from "../../service/training-file.js";
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
}

/** What the thread says after each step. */
export interface TrainedStep {
  kind: "step";
  report: StepReport;
  errors: Record<Example["split"], GraderCounts>;
}

export type TrainingMessage = TrainingStart | TrainedStep;

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
  const { model, step } = existsSync(statePath) ? await loadCheckpoint(statePath) : start(startWeights);
  const sandbox = openSandbox();
  try {
    const meter = rewardMeter(sandbox, grader);
    await report({ kind: "start", completedSteps: step, totalSteps: countSteps(trainingRows.length, plan) });
    for await (const done of trainGrpo(model, trainingRows, validationRows, meter.reward, plan, step)) {
      if (done.evaluated) await model.save(checkpointWeights(folder, done.step));
      const reply = await report({ kind: "step", report: done, errors: meter.takeErrors() });
      if (done.evaluated || reply === "pause") await saveCheckpoint(statePath, model, done.step);
      if (reply === "pause") return await model.save(checkpointWeights(folder, done.step));
    }
    await model.save(finalWeights(folder));
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

function start(weights: string | null): { model: Nano; step: number } {
  return { model: loadNano(weights ?? undefined), step: 0 };
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
