import { afterAll, beforeAll, expect, test } from "vitest";
import { deployModel } from "../../dist/job/deploy.js";
import { findRun } from "../../dist/job/find-run.js";
import { deleteResources } from "../../dist/job/manage.js";
import { type JobRecipe, submitJob } from "../../dist/job/submit.js";
import { watchJob } from "../../dist/job/watch.js";
import { DataError } from "../../dist/util/errors.js";
import { emulatorService, quickRecipe, type TestService } from "./service.js";

const minute = /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/;

let service: TestService;
let recipe: JobRecipe;
beforeAll(async () => {
  service = await emulatorService();
  recipe = await quickRecipe(service);
});
afterAll(() => service.close());

test("says what to run first where there is no job of that name", async () => {
  const finding = findRun(service.connection, { name: "math" });
  await expect(finding).rejects.toThrow(DataError);
  await expect(finding).rejects.toThrow(/no job of the recipe "math" yet\. Run section 5 first/);
});

test("finds the newest job of that name that went well, its files and the deployment that serves it", async () => {
  const { connection } = service;
  const { id } = (await submitJob(connection, recipe)).job;
  const early = await findRun(connection, { name: "math" });
  expect(early).toMatchObject({ job: { id }, deployment: "rft-math" });
  expect(early.found.map(({ what }) => what)).toEqual([
    expect.stringMatching(/^training-/),
    expect.stringMatching(/^validation-/),
    expect.stringMatching(/^job, (pending|queued|running|succeeded)$/),
    ...(early.job.status === "succeeded" ? ["results.csv"] : []),
  ]);
  const other = await submitJob(connection, { ...recipe, name: "math-2" });
  const cancelled = await submitJob(connection, { ...recipe, seed: 2, hyperparameters: { n_epochs: 50 } });
  await connection.openai.fineTuning.jobs.cancel(cancelled.job.id);

  const { fine_tuned_model: model } = await watchJob(connection, id);
  await deployModel(connection, { name: "served", model: model as string });
  const run = await findRun(connection, { name: "math" });
  expect(run).toMatchObject({ job: { id, status: "succeeded" }, deployment: "served" });
  expect(run.found.map(({ what }) => what).slice(2)).toEqual(["job, succeeded", "results.csv", "deployment"]);
  for (const { what, created } of run.found) if (what !== "deployment") expect(created).toMatch(minute);

  await watchJob(connection, other.job.id);
  await deleteResources(connection, ["served", recipe.validationFile]);
  const after = await findRun(connection, { name: "math" });
  expect(after.deployment).toBe("rft-math");
  expect(after.found.map(({ id }) => id)).not.toContain(recipe.validationFile);
  expect(after.found.map(({ id }) => id)).toContain(recipe.trainingFile);
});
