/**
 * The models that a job kept at its evaluations.
 * @module
 */
import type { Connection } from "../connect.js";
import { curvePoint } from "./curve-point.js";
import { listJobCheckpoints } from "./wire.js";

/** One kept model; `deployModel` takes its `id` as the model. Rewards are means, or null where the service gives none. */
export interface Checkpoint {
  id: string;
  step: number;
  name: string;
  trainReward: number | null;
  validReward: number | null;
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
    });
  }
  return checkpoints.sort((a, b) => a.step - b.step);
}
