/**
 * The checkpoints of a job: one at each evaluation, of which the best three are kept, and one at a pause.
 * @module
 */
import { rm } from "node:fs/promises";
import type { FineTuningJob, JobCheckpoint, JobMetrics } from "../../service/jobs.js";
import { newId, unixSeconds } from "../state/ids.js";
import { checkpointWeights, tunedModelName } from "../state/models.js";
import type { JobRecord, State } from "../state/state.js";

/** As many as the service keeps of a reinforcement job. */
const bestKept = 3;

/**
 * The checkpoints of a job after the step of `metrics`, the newest first: the three with the best validation reward, the newest even where
 * a pause made it without validation, and those that are deployed. The weights of the others are deleted.
 */
export async function withCheckpoint(
  state: State,
  { job, checkpoints }: JobRecord,
  metrics: JobMetrics,
): Promise<JobCheckpoint[]> {
  if (checkpoints.some(({ step_number }) => step_number === metrics.step)) return checkpoints;
  const newest = checkpointOf(job, metrics);
  const all = [newest, ...checkpoints];
  const validated = all.filter((checkpoint) => validReward(checkpoint) !== null);
  const best = validated.toSorted((a, b) => Number(validReward(b)) - Number(validReward(a))).slice(0, bestKept);
  const kept = new Set([...best, ...all.filter((checkpoint) => isDeployed(state, checkpoint))]);
  if (validReward(newest) === null) kept.add(newest);
  for (const { step_number } of all.filter((checkpoint) => !kept.has(checkpoint))) {
    await rm(checkpointWeights(state.paths.job(job.id), step_number), { force: true });
  }
  return all.filter((checkpoint) => kept.has(checkpoint));
}

function checkpointOf(job: FineTuningJob, metrics: JobMetrics): JobCheckpoint {
  return {
    id: newId("ftchkpt"),
    object: "fine_tuning.job.checkpoint",
    created_at: unixSeconds(),
    fine_tuning_job_id: job.id,
    step_number: metrics.step,
    fine_tuned_model_checkpoint: `${tunedModelName(job)}:ckpt-step-${metrics.step}`,
    metrics: {
      step: metrics.step,
      train_mean_reward: metrics.train_mean_reward,
      full_valid_mean_reward: metrics.full_valid_mean_reward ?? null,
      completion_tokens_mean: metrics.completion_tokens_mean,
      reasoning_tokens_mean: metrics.reasoning_tokens_mean,
    },
  };
}

function validReward({ metrics }: JobCheckpoint): number | null {
  return metrics.full_valid_mean_reward ?? null;
}

function isDeployed({ deployments }: State, { id, fine_tuned_model_checkpoint: name }: JobCheckpoint): boolean {
  return deployments.newestFirst().some(({ properties }) => [id, name].includes(properties.model.name));
}
