import { afterAll, beforeAll, expect, test } from "vitest";
import { gradingModels, runRemoteGrader } from "../../dist/job/graders.js";
import type { Grader, ScoreModelGrader } from "../../dist/service/graders.js";
import { RunEndsHere } from "../../dist/util/errors.js";
import { emulatorService, smallService, type TestService } from "./service.js";

const equals: Grader = {
  type: "string_check",
  name: "same",
  operation: "eq",
  input: "{{sample.output_text}}",
  reference: "{{item.answer}}",
};
const judge: ScoreModelGrader = { type: "score_model", name: "judge", model: "gpt-4.1-mini", input: [] };

let service: TestService;

beforeAll(async () => {
  service = await emulatorService();
});

afterAll(() => service.close());

test("grades every sample", async () => {
  const samples = Array.from({ length: 30 }, (_, index) => ({
    outputText: String(index),
    item: { answer: String(index % 2 === 0 ? index : -1) },
  }));
  const runs = await runRemoteGrader(service.connection, equals, samples);
  expect(runs.map(({ reward }) => reward)).toEqual(samples.map((_, index) => (index % 2 === 0 ? 1 : 0)));
});

test("returns the runs in the samples' order, whichever is answered first", async () => {
  let answerFirst = (): void => {};
  const second = new Promise<void>((resolve) => {
    answerFirst = resolve;
  });
  const { connection, close } = await smallService((app) => {
    app.post<{ Body: { model_sample: string } }>("/openai/v1/fine_tuning/alpha/graders/run", async ({ body }) => {
      if (body.model_sample === "1") await second;
      else answerFirst();
      return { reward: Number(body.model_sample) };
    });
  });
  const samples = ["1", "2"].map((outputText) => ({ outputText, item: {} }));
  const runs = await runRemoteGrader(connection, equals, samples);
  expect(runs.map(({ reward }) => reward)).toEqual([1, 2]);
  await close();
});

test("grades nothing where there is nothing to grade", async () => {
  expect(await runRemoteGrader(service.connection, equals, [])).toEqual([]);
});

test("passes on why the service refuses a grader", async () => {
  const wrong = { ...equals, operation: "neq" } as unknown as Grader;
  await expect(runRemoteGrader(service.connection, wrong, [{ outputText: "", item: {} }])).rejects.toThrow(/operation/);
});

test("calls no grader that calls a model where paid steps are not allowed", async () => {
  const { openai, deployments, settings, close } = service.connection;
  const unpaid = { openai, deployments, close, settings: { ...settings, runPaidJobs: false } };
  await expect(runRemoteGrader(unpaid, judge, [])).rejects.toThrow(RunEndsHere);
  expect(await runRemoteGrader(unpaid, equals, [])).toEqual([]);
});

test("finds the models inside a multi grader", () => {
  const multi: Grader = { type: "multi", name: "m", graders: { equals, judge }, calculate_output: "judge" };
  expect(gradingModels(multi)).toEqual(["gpt-4.1-mini"]);
  expect(gradingModels(equals)).toEqual([]);
});
