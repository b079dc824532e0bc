/**
 * The checkpoints of a job: one at each evaluation, of which the best three are kept.
 * @module
 */
import { rm } from "node:fs/promises";
import type { FineTuningJob, JobCheckpoint, JobMetrics } from "../service/jobs.js";
import { newId, unixSeconds } from "./ids.js";
import { checkpointWeights, tunedModelName } from "./models.js";
import type { JobRecord, State } from "./state.js";

/** As many as the service keeps of a reinforcement job. */
const kept = 3;

/**
 * The checkpoints of a job after an evaluation, the newest first: the three with the best validation reward, the later one
 * where two are equal. The weights of one that is dropped are deleted unless it is deployed.
 */
export async function withCheckpoint(
  state: State,
  { job, checkpoints }: JobRecord,
  metrics: JobMetrics,
): Promise<JobCheckpoint[]> {
  const all = [checkpointOf(job, metrics), ...checkpoints];
  const best = new Set(all.toSorted((a, b) => validReward(b) - validReward(a)).slice(0, kept));
  for (const dropped of all.filter((checkpoint) => !best.has(checkpoint) && !isDeployed(state, checkpoint))) {
    await rm(checkpointWeights(state.paths.job(job.id), dropped.step_number), { force: true });
  }
  return all.filter((checkpoint) => best.has(checkpoint) || isDeployed(state, checkpoint));
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

function validReward({ metrics }: JobCheckpoint): number {
  return metrics.full_valid_mean_reward ?? 0;
}

function isDeployed({ deployments }: State, { id, fine_tuned_model_checkpoint: name }: JobCheckpoint): boolean {
  return deployments.newestFirst().some(({ properties }) => [id, name].includes(properties.model.name));
}
