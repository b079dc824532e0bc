import { expect, test } from "vitest";
import { chooseModel, listCheckpoints } from "../../dist/job/checkpoints.js";
import { smallService } from "./service.js";

const best = { rule: "best validation reward", measuredOn: "a separate test set" } as const;

function checkpoint(step: number, reward: number | null, tokens = 100): object {
  return {
    id: `ftchkpt-${step}`,
    step_number: step,
    fine_tuned_model_checkpoint: `model:ckpt-step-${step}`,
    metrics: { step, full_valid_mean_reward: reward, completion_tokens_mean: tokens },
  };
}

async function withCheckpoints<T>(
  checkpoints: object[],
  work: (connection: Parameters<typeof listCheckpoints>[0]) => Promise<T>,
) {
  const { connection, close } = await smallService((app) => {
    app.get("/openai/v1/fine_tuning/jobs/ftjob-1/checkpoints", async () => ({ data: checkpoints, has_more: false }));
  });
  return work(connection).finally(close);
}

const running = { id: "ftjob-1", fine_tuned_model: null };
const finished = { id: "ftjob-1", fine_tuned_model: "o4-mini-2025-04-16.ft-1" };
const kept = [checkpoint(30, 0.5), checkpoint(20, 0.7), checkpoint(10, 0.6)];

test("lists what a job kept, in order of the steps, with the validation reward", async () => {
  const listed = await withCheckpoints(kept, (connection) => listCheckpoints(connection, "ftjob-1"));
  expect(listed.map(({ step, validReward }) => [step, validReward])).toEqual([
    [10, 0.6],
    [20, 0.7],
    [30, 0.5],
  ]);
});

test("chooses what the job ended with, whatever the curve looked like", async () => {
  const chosen = await withCheckpoints(kept, (connection) => chooseModel(connection, finished));
  expect(chosen).toMatchObject({ model: finished.fine_tuned_model, step: null });
});

test("chooses the newest checkpoint of a job that was paused or cancelled", async () => {
  const chosen = await withCheckpoints(kept, (connection) => chooseModel(connection, running));
  expect(chosen).toMatchObject({ model: "ftchkpt-30", step: 30 });
});

test("chooses the best point of the validation curve only for those who have a separate test set, and says so", async () => {
  const chosen = await withCheckpoints(kept, (connection) => chooseModel(connection, finished, best));
  expect(chosen).toMatchObject({
    model: "ftchkpt-20",
    step: 20,
    reason: expect.stringMatching(/0\.700.*test set alone/),
  });
});

test("prefers fewer tokens, then the earlier step, where rewards are equal", async () => {
  const equal = [checkpoint(30, 0.7, 90), checkpoint(20, 0.7, 80), checkpoint(10, 0.7, 80), checkpoint(5, null)];
  const chosen = await withCheckpoints(equal, (connection) => chooseModel(connection, running, best));
  expect(chosen.step).toBe(10);
});

test("says so where nothing is kept yet", async () => {
  const choosing = withCheckpoints([], (connection) => chooseModel(connection, running));
  await expect(choosing).rejects.toThrow(/no checkpoint yet/);
});
