import { describe, expect, test } from "vitest";
import { mergePoints, pointsOfEvents, pointsOfResultFile, readTrainingCurve } from "../../dist/job/curve.js";
import type { JobEvent, JobMetrics } from "../../dist/service/jobs.js";
import { smallService } from "./service.js";

const nothing = {
  trainReward: null,
  validReward: null,
  criteria: {},
  graderErrors: {},
  reasoningTokens: null,
  completionTokens: null,
  trainLoss: null,
  validLoss: null,
};

const oSeries = `full_valid_mean_reward,step,train_mean_reward,completion_tokens_mean,reasoning_tokens_mean,surprise,\
scores/graders/python/correctness/train_reward_mean,scores/graders/python/correctness/valid_reward_mean
,1,0.25,910.5,800,x,0.2,
0.5,2,0.375,905,790,x,0.3,0.4
`;

const openWeight = `step,train_mean_reward,full_valid_mean_reward,pg_loss_sum,total_loss_sum,entropy_loss_sum
2,0.25,,300.5,301.5,69
1,0.125,,250,251,71
2,,0.5,,,
3,nan,,,,
`;

function metricsEvent(step: number, valid: number | null): JobEvent {
  return {
    id: `ftevent-${step}`,
    object: "fine_tuning.job.event",
    created_at: step,
    level: "info",
    message: `Step ${step}/9`,
    type: "metrics",
    data: {
      step,
      train_mean_reward: step / 10,
      full_valid_mean_reward: valid,
      reasoning_tokens_mean: 100,
      completion_tokens_mean: 120,
      scores: {
        train_reward_mean: step / 10,
        valid_reward_mean: valid,
        graders: [{ name: "correctness", type: "python", train_reward_mean: 0.5, valid_reward_mean: valid }],
      },
      errors: {
        graders: [{ name: "correctness", type: "python", train_other_error_mean: 0.5, train_other_error_count: 4 }],
      },
    } as Partial<JobMetrics> as JobMetrics,
  };
}

describe("a result file", () => {
  test("of a reasoning model is read by the names of its columns, whatever their order", () => {
    expect(pointsOfResultFile(oSeries)).toEqual([
      {
        ...nothing,
        step: 1,
        trainReward: 0.25,
        completionTokens: 910.5,
        reasoningTokens: 800,
        criteria: { correctness: { train: 0.2, valid: null } },
      },
      {
        ...nothing,
        step: 2,
        trainReward: 0.375,
        validReward: 0.5,
        completionTokens: 905,
        reasoningTokens: 790,
        criteria: { correctness: { train: 0.3, valid: 0.4 } },
      },
    ]);
  });

  test("of an open-weight model joins the training and the validation row of a step, and has a loss", () => {
    expect(mergePoints(pointsOfResultFile(openWeight))).toEqual([
      { ...nothing, step: 1, trainReward: 0.125, trainLoss: 251 },
      { ...nothing, step: 2, trainReward: 0.25, validReward: 0.5, trainLoss: 301.5 },
      { ...nothing, step: 3 },
    ]);
  });

  test("tells which share of the answers the grader failed on, by the kind of error, the larger of training and validation", () => {
    const prefix = "errors/graders/python/correctness/errors";
    const header = `step,${prefix}/train_other_error_mean,${prefix}/valid_other_error_mean,${prefix}/train_sample_parse_error_mean`;
    const [point] = pointsOfResultFile(`${header}\n1,0.1,0.2,0\n`);
    expect(point?.graderErrors).toEqual({ other_error: 0.2, sample_parse_error: 0 });
  });

  test("that is empty, or has a header alone, holds no points", () => {
    expect(pointsOfResultFile("")).toEqual([]);
    expect(pointsOfResultFile("step,train_mean_reward\n")).toEqual([]);
  });
});

describe("events", () => {
  test("carry a point where they are metrics, with a criterion for each part of the grader", () => {
    const message: JobEvent = { ...metricsEvent(1, null), type: "message", data: null };
    expect(pointsOfEvents([message, metricsEvent(5, 0.25)])).toEqual([
      {
        ...nothing,
        step: 5,
        trainReward: 0.5,
        validReward: 0.25,
        reasoningTokens: 100,
        completionTokens: 120,
        criteria: { correctness: { train: 0.5, valid: 0.25 } },
        graderErrors: { other_error: 0.5 },
      },
    ]);
  });
});

describe("readTrainingCurve", () => {
  const serve = (content: string | null) =>
    smallService((app) => {
      app.get("/openai/v1/fine_tuning/jobs/ftjob-1", async () => ({ id: "ftjob-1", result_files: ["file-1"] }));
      app.get("/openai/v1/fine_tuning/jobs/ftjob-1/events", async () => ({
        data: [metricsEvent(3, 0.5)],
        has_more: false,
      }));
      app.get("/openai/v1/files/file-1/content", async (_request, reply) =>
        content === null ? reply.status(404).send({ error: { message: "gone" } }) : content,
      );
    });

  test("joins events and result file, in order of the steps", async () => {
    const { connection, close } = await serve(oSeries);
    const { jobId, points } = await readTrainingCurve(connection, "ftjob-1");
    await close();
    expect(jobId).toBe("ftjob-1");
    expect(points.map(({ step, trainReward }) => [step, trainReward])).toEqual([
      [1, 0.25],
      [2, 0.375],
      [3, 0.3],
    ]);
  });

  test("does without a result file that was deleted", async () => {
    const { connection, close } = await serve(null);
    const { points } = await readTrainingCurve(connection, "ftjob-1");
    await close();
    expect(points.map(({ step }) => step)).toEqual([3]);
  });
});
