/**
 * The models that a job kept at its evaluations, and which of its models to deploy.
 * @module
 */
import type { Connection } from "../connect/connect.js";
import type { FineTuningJob } from "../service/jobs.js";
import { UserError } from "../util/errors.js";
import { listJobCheckpoints } from "./api.js";
import { curvePoint } from "./curve.js";

/**
 * One kept model; `deployModel` takes its `id` as the model. Rewards and tokens are means, or null where the
 * service gives none.
 */
export interface Checkpoint {
  id: string;
  step: number;
  name: string;
  trainReward: number | null;
  validReward: number | null;
  completionTokens: number | null;
}

/** The checkpoints of a job in order of their steps: at most three, those with the best validation reward. */
export async function listCheckpoints({ openai }: Connection, jobId: string): Promise<Checkpoint[]> {
  const checkpoints: Checkpoint[] = [];
  for await (const checkpoint of listJobCheckpoints(openai, jobId)) {
    const { id, step_number: step, fine_tuned_model_checkpoint: name, metrics } = checkpoint;
    const point = curvePoint({ ...metrics, step });
    checkpoints.push({
      id,
      step,
      name,
      trainReward: point?.trainReward ?? null,
      validReward: point?.validReward ?? null,
      completionTokens: point?.completionTokens ?? null,
    });
  }
  return checkpoints.sort((a, b) => a.step - b.step);
}

/**
 * How to choose the model to deploy, fixed before the curve is seen. `last` takes what the job ended with.
 * The best point of the validation curve is partly luck, and the validation problems that found it flatter
 * it; so that rule is open only to those who measure the model on problems that are in neither file, and say
 * so.
 */
export type ChoosingRule = { rule: "last" } | { rule: "best validation reward"; measuredOn: "a separate test set" };

/**
 * A model to deploy, and why this one. `step` is null for the model of a finished job, whose last step the
 * job does not name.
 */
export interface ChosenModel {
  model: string;
  step: number | null;
  reason: string;
}

/**
 * The model of a job that the rule names; of a job that has not succeeded, the last one is its newest
 * checkpoint. Of checkpoints with equal validation reward the one with fewer tokens an answer is better.
 * Throws a `UserError` where the job has kept none.
 */
export async function chooseModel(
  connection: Connection,
  job: Pick<FineTuningJob, "id" | "fine_tuned_model">,
  choice: ChoosingRule = { rule: "last" },
): Promise<ChosenModel> {
  if (choice.rule === "last" && job.fine_tuned_model)
    return { model: job.fine_tuned_model, step: null, reason: "the model at the end of the job, as fixed beforehand" };
  const checkpoints = await listCheckpoints(connection, job.id);
  const best = choice.rule === "last" ? checkpoints.at(-1) : checkpoints.toSorted(byMerit)[0];
  if (!best) throw new UserError(`The job ${job.id} has kept no checkpoint yet: it does at its first evaluation.`);
  const reward = best.validReward === null ? "" : ` (validation reward ${best.validReward.toFixed(3)})`;
  const reason =
    choice.rule === "last"
      ? `the newest checkpoint of a job that has not ended well${reward}`
      : `the checkpoint with the best validation reward${reward}: measure it on the separate test set alone`;
  return { model: best.id, step: best.step, reason };
}

function byMerit(a: Checkpoint, b: Checkpoint): number {
  const reward = (b.validReward ?? Number.NEGATIVE_INFINITY) - (a.validReward ?? Number.NEGATIVE_INFINITY);
  return reward || (a.completionTokens ?? 0) - (b.completionTokens ?? 0) || a.step - b.step;
}
