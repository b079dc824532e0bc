import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connection } from "../../dist/connect/connect.js";
import { startEmulator } from "../../dist/emulator/emulator.js";
import type { FaultPlan } from "../../dist/emulator/faults/fault-plan.js";
import {
  type Evaluation,
  type EvaluationProgress,
  type EvaluationRequest,
  type EvaluationSample,
  evaluateDeployment,
} from "../../dist/evaluate/evaluate.js";
import type { EvaluationProblem } from "../../dist/evaluate/problems.js";
import { openSandbox } from "../../dist/grader/sandbox.js";
import type { MultiGrader, PythonGrader } from "../../dist/service/graders.js";
import { UserError } from "../../dist/util/errors.js";
import {
  type ChatAnswer,
  type ChatRequest,
  type ChatServer,
  completion,
  failure,
  startChatServer,
} from "./chat-server.js";

const python = (name: string, expression: string): PythonGrader => ({
  type: "python",
  name,
  source: `def grade(sample, item):\n    text = sample["output_text"]\n    return float(${expression})`,
});

const grader: MultiGrader = {
  type: "multi",
  name: "boxed",
  graders: {
    correctness: python("correctness", 'text == "\\\\boxed{" + item["answer"] + "}"'),
    format: python("format", '"\\\\boxed{" in text'),
  },
  calculate_output: "0.9 * correctness + 0.1 * format",
};

const problems: EvaluationProblem[] = Array.from({ length: 8 }, (_, n) => ({
  id: `u${n}`,
  problemType: n % 2 === 0 ? "Algebra" : "Geometry",
  messages: [{ role: "user", content: `${n} + 1 = ?` }],
  item: { answer: String(n + 1) },
}));

/** Answers even numbers rightly, in a box; the others without one. */
function answerEven({ messages }: ChatRequest): ChatAnswer {
  const n = Number.parseInt(messages.at(-1)?.content ?? "", 10);
  return n % 2 === 0 ? completion(`\\boxed{${n + 1}}`) : completion(String(n + 1), "length");
}

const sandbox = openSandbox();
afterAll(() => sandbox.close());

let server: ChatServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function evaluate(
  request: Partial<EvaluationRequest>,
  answer: (request: ChatRequest, index: number) => ChatAnswer = answerEven,
): ReturnType<typeof evaluateDeployment> {
  server = await startChatServer(answer);
  return evaluateDeployment(server.connection, {
    deployment: "d",
    problems,
    samplesPerProblem: 2,
    grader,
    sandbox,
    ...request,
  });
}

describe("evaluateDeployment", () => {
  test("asks every problem as often as wanted, and keeps every answer beside its problem", async () => {
    const progress: number[] = [];
    const notes: (string | undefined)[] = [];
    const onProgress = ({ done, total, note }: EvaluationProgress): void => {
      progress.push(done / total);
      notes.push(note);
    };
    const evaluation = await evaluate({ concurrency: 3, onProgress });
    expect(server?.requests).toHaveLength(16);
    expect(server?.mostAtOnce()).toBeLessThanOrEqual(3);
    expect(progress).toEqual([...Array.from({ length: 16 }, (_, i) => (i + 1) / 16), 1, 1]);
    expect(notes.slice(15)).toEqual([undefined, "grading", undefined]);
    expect(evaluation).toMatchObject({
      deployment: "d",
      decoding: "temperature 1",
      problems: 8,
      samplesPerProblem: 2,
      reward: { value: 0.5 },
      accuracy: { value: 0.5 },
      formatCompliance: { value: 0.5 },
      completionTokens: { value: 20 },
      cutOff: 8,
      graderFailures: 0,
    });
    expect(evaluation.accuracy.low).toBeLessThan(0.3);
    expect(evaluation.accuracy.high).toBeGreaterThan(0.7);
    for (const { problemId, problem, problemType, outputText, reward, criteria } of evaluation.samples) {
      const n = Number(problemId.slice(1));
      expect(problem).toBe(`${n} + 1 = ?`);
      expect(outputText).toContain(String(n + 1));
      expect(criteria).toEqual({ correctness: 1 - (n % 2), format: 1 - (n % 2) });
      expect(reward).toBeCloseTo(criteria.correctness as number);
      expect(problemType).toBe(n % 2 === 0 ? "Algebra" : "Geometry");
    }
  });

  test("takes the reward from the grader and the accuracy from the verifier", async () => {
    const paysLength = python("length", "len(text) < 5");
    const evaluation = await evaluate({ grader: paysLength, verifier: grader });
    expect(evaluation.reward.value).toBe(0.5);
    expect(evaluation.samples.map(({ reward, criteria }) => reward + (criteria.correctness ?? 0))).toEqual(
      Array(16).fill(1),
    );
  });

  test("verifies with the math grader where the grader has no parts for it", async () => {
    const paysLength = python("length", "1.0");
    const inBox = ({ messages }: ChatRequest): ChatAnswer =>
      completion(`The answer is $\\boxed{\\frac{${2 * Number.parseInt(messages.at(-1)?.content ?? "", 10) + 2}}{2}}$.`);
    const { reward, accuracy, formatCompliance } = await evaluate({ grader: paysLength }, inBox);
    expect([reward.value, accuracy.value, formatCompliance.value]).toEqual([1, 1, 1]);
  });

  test("counts the answers on which a grader fails", async () => {
    const fails = python("fails", '1 / (int(item["answer"]) % 2)');
    const evaluation = await evaluate({ grader: fails, verifier: grader });
    expect(evaluation.reward.value).toBe(0.5);
    expect(evaluation.graderFailures).toBe(8);
  });

  test("takes a grader that fails on every answer for broken, not for a reward of zero", async () => {
    const broken = python("broken", 'item["absent"]');
    await expect(evaluate({ grader: broken, verifier: grader })).rejects.toThrow(
      /The grader "broken" fails on every answer: [\s\S]*KeyError/,
    );
  });

  test("decodes greedily where the service can, and opens a sandbox where none is given", async () => {
    const greedy = (request: ChatRequest): ChatAnswer => ({
      ...answerEven(request),
      headers: { "x-nano-decoding": "greedy" },
    });
    expect((await evaluate({ greedy: true, samplesPerProblem: 1, sandbox: undefined }, greedy)).decoding).toBe(
      "greedy",
    );
  });

  test("makes a single call to find out that a service has no greedy decoding", async () => {
    await expect(evaluate({ greedy: true, samplesPerProblem: 1 })).rejects.toThrow("no greedy decoding");
    expect(server?.requests).toHaveLength(1);
  });

  test("refuses what cannot be measured before the first call", async () => {
    await expect(evaluate({ deployment: null })).rejects.toThrow("DEPLOYMENT_NAME");
    await server?.close();
    await expect(evaluate({ problems: [] })).rejects.toThrow("Nothing to evaluate");
    await server?.close();
    await expect(evaluate({ greedy: true })).rejects.toThrow("samplesPerProblem to 1");
    await server?.close();
    await expect(evaluate({ verifier: python("total", "1") })).rejects.toThrow("parts named correctness and format");
    expect(server?.requests).toEqual([]);
  });

  test("makes more than fifty calls on Azure only with consent", async () => {
    server = await startChatServer(answerEven);
    const azure = { ...server.connection, settings: { ...server.connection.settings, backend: "azure" as const } };
    const request = { deployment: "d", problems, samplesPerProblem: 7, grader, sandbox };
    await expect(evaluateDeployment(azure, request)).rejects.toThrow("An evaluation of more than 50 calls costs money");
    expect(server.requests).toEqual([]);
    const agreed = { ...azure, settings: { ...azure.settings, runPaidJobs: true } };
    expect((await evaluateDeployment(agreed, request)).samples).toHaveLength(56);
  });

  test("asks for the parameters of reasoning models alone, and counts what was cut off or withheld apart", async () => {
    const ends = ["stop", "length", "content_filter", "stop"];
    const { cutOff, withheld, accuracy } = await evaluate(
      { problems: problems.slice(0, 4), samplesPerProblem: 1, reasoningEffort: "high", maxCompletionTokens: 900 },
      ({ messages }) => {
        const n = Number.parseInt(messages.at(-1)?.content ?? "", 10);
        return n === 3 ? failure(400, "content_filter") : completion(`\\boxed{${n + 1}}`, ends[n]);
      },
    );
    expect({ cutOff, withheld, accuracy: accuracy.value }).toEqual({ cutOff: 1, withheld: 2, accuracy: 0.75 });
    for (const { messages, ...parameters } of server?.requests ?? [])
      expect(parameters).toEqual({ model: "d", max_completion_tokens: 900, reasoning_effort: "high" });
  });

  test("tells the cost so far and the time left", async () => {
    const told: EvaluationProgress[] = [];
    const prices = { inputMillionTokens: 1.1, outputMillionTokens: 4.4 };
    const { dollars } = await evaluate({ prices, onProgress: (progress) => told.push(progress) });
    const each = (10 * 1.1 + 20 * 4.4) / 1e6;
    expect(dollars).toBeCloseTo(16 * each, 12);
    expect(told[4]?.dollars).toBeCloseTo(5 * each, 12);
    expect(told[4]?.secondsLeft).toBeGreaterThan(0);
    expect(told.at(-1)).toMatchObject({ done: 16, total: 16, reused: 0, secondsLeft: 0 });
    expect((await evaluate({})).dollars).toBeNull();
  });

  test("gives equal answers to one problem the same words", async () => {
    const answers = ["0.5", "\\frac{1}{3}", "\\frac{1}{2}", "7", "", "\\frac{2}{6}"].map((answer) =>
      answer === "" ? "I do not know." : `\\boxed{${answer}}`,
    );
    const inTurn = (_: ChatRequest, index: number): ChatAnswer => completion(answers[index] as string);
    const request = { problems: problems.slice(6, 7), samplesPerProblem: 6, concurrency: 1 };
    const { samples } = await evaluate(request, inTurn);
    const third = "\\frac{1}{3}";
    expect(samples.map(({ finalAnswer }) => finalAnswer)).toEqual(["0.5", third, "0.5", "7", null, third]);
  });

  test("ends when it is told to", async () => {
    const controller = new AbortController();
    const stopped = evaluate({ concurrency: 1, signal: controller.signal }, (request) => {
      controller.abort();
      return answerEven(request);
    });
    await expect(stopped).rejects.toThrow("aborted");
    expect(server?.requests).toHaveLength(1);
  });
});

describe("evaluateDeployment with a folder for answers", () => {
  let cacheDir: string;
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "evaluate-"));
  });
  afterEach(() => rm(cacheDir, { recursive: true }));

  /** Runs with what came before still in the folder; returns also how many calls it took. */
  async function again(
    request: Partial<EvaluationRequest> = {},
    answer = answerEven,
  ): Promise<{ evaluation: Evaluation; calls: number }> {
    await server?.close();
    const evaluation = await evaluate({ cacheDir, ...request }, answer);
    return { evaluation, calls: server?.requests.length ?? 0 };
  }

  test("asks once more to see which model is deployed, and for nothing else, when it is repeated", async () => {
    const first = await again();
    const second = await again();
    expect([first.calls, second.calls]).toEqual([16, 1]);
    expect([first.evaluation.reused, second.evaluation.reused]).toEqual([0, 16]);
    expect(second.evaluation.samples).toEqual(first.evaluation.samples);
  });

  test("asks for what is missing when there are more samples or problems", async () => {
    await again({ problems: problems.slice(0, 5), samplesPerProblem: 1 });
    const done: number[] = [];
    const onProgress = (progress: EvaluationProgress): number => done.push(progress.done);
    const { calls, evaluation } = await again({ samplesPerProblem: 2, onProgress });
    expect([calls, evaluation.reused]).toEqual([1 + 11, 5]);
    expect([...new Set(done)]).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  test("asks for what is missing after a call has failed for good", async () => {
    let refusing = true;
    const failing = (request: ChatRequest): ChatAnswer =>
      refusing && request.messages[0]?.content.startsWith("5") ? failure(401, "PermissionDenied") : answerEven(request);
    const failed = again({ concurrency: 1 }, failing);
    await expect(failed).rejects.toThrow(
      /^The evaluation of "d" stopped after 10 of 16 answers: 401 refused: PermissionDenied\nThe answers so far are kept in .*jsonl: run it again/,
    );
    await expect(failed).rejects.toBeInstanceOf(UserError);
    refusing = false;
    const { calls, evaluation } = await again({ concurrency: 1 }, failing);
    expect([calls, evaluation.reused, evaluation.samples.length]).toEqual([1 + 6, 10, 16]);
  });

  test("asks for everything again once another model is deployed under the name", async () => {
    await again();
    const retrained = ({ messages }: ChatRequest): ChatAnswer =>
      completion(`\\boxed{${messages[0]?.content}}`, "stop", "test.ft-2");
    const { calls, evaluation } = await again({}, retrained);
    expect([calls, evaluation.reused, evaluation.model]).toEqual([16, 0, "test.ft-2"]);
    expect((await again()).calls).toBe(1);
  });

  test("asks for everything again with other settings", async () => {
    await again();
    expect((await again({ reasoningEffort: "low" })).calls).toBe(16);
    expect((await again({ maxCompletionTokens: 100 })).calls).toBe(16);
  });

  test("refuses a deployment that changes while it is measured", async () => {
    const changing = (_: ChatRequest, index: number): ChatAnswer => completion("1", "stop", index < 5 ? "a" : "b");
    server = await startChatServer(changing);
    const request = { deployment: "d", problems, samplesPerProblem: 2, grader, sandbox, concurrency: 1, cacheDir };
    await expect(evaluateDeployment(server.connection, request)).rejects.toThrow('"d" changed from a to b');
  });

  test("grades kept answers anew", async () => {
    await again();
    const paysAll = python("all", "1.0");
    const { calls, evaluation } = await again({ grader: paysAll, verifier: grader });
    expect([calls, evaluation.reward.value]).toEqual([1, 1]);
  });

  test("keeps no key and no address", async () => {
    await again();
    const [file] = await readdir(cacheDir);
    const content = await readFile(join(cacheDir, file as string), "utf8");
    const { apiKey, baseURL } = server?.connection.openai ?? {};
    expect(content).not.toContain(baseURL);
    expect(content).not.toContain(new URL(baseURL ?? "").host);
    expect(apiKey).toBe("key-of-the-chat-server");
    expect(content).not.toContain(apiKey);
  });
});

describe("evaluateDeployment against the emulator", () => {
  test("measures the same on a bad day", async () => {
    const route = "POST /openai/v1/chat/completions";
    const faults = [
      { route, nth: 2, times: 2, kind: "rate_limit", retryAfter: 0.05 },
      { route, nth: 5, kind: "internal_error" },
      { route, nth: 7, kind: "reset_before" },
      { route, nth: 9, kind: "truncated_json" },
      { route, nth: 11, kind: "unavailable" },
      { route, nth: 13, kind: "reset_after" },
    ] as const;
    const measured = async (plan: FaultPlan): Promise<EvaluationSample[]> => {
      const stateDir = await mkdtemp(join(tmpdir(), "evaluate-"));
      const emulator = await startEmulator({ stateDir, faults: plan });
      try {
        const openai = new OpenAI({ baseURL: emulator.baseUrl, apiKey: emulator.apiKey });
        const connection = { openai, settings: { backend: "local", runPaidJobs: false } as Connection["settings"] };
        const request = { deployment: "o4-mini", problems, grader, sandbox, samplesPerProblem: 1, greedy: true };
        return (await evaluateDeployment(connection, request)).samples;
      } finally {
        await emulator.close();
        await rm(stateDir, { recursive: true });
      }
    };
    const texts = (samples: EvaluationSample[]): string[] => samples.map(({ outputText }) => outputText);
    expect(texts(await measured([...faults]))).toEqual(texts(await measured([])));
  });

  test("measures the base model, drawing and greedy", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "evaluate-"));
    const emulator = await startEmulator({ stateDir });
    try {
      const openai = new OpenAI({ baseURL: emulator.baseUrl, apiKey: emulator.apiKey });
      const connection = { openai, settings: { backend: "local", runPaidJobs: false } as Connection["settings"] };
      const request = { deployment: "o4-mini", problems: problems.slice(0, 6), grader, sandbox };
      const drawn = await evaluateDeployment(connection, { ...request, samplesPerProblem: 3 });
      expect(drawn.samples).toHaveLength(18);
      expect(drawn.completionTokens.value).toBeGreaterThan(0);
      const greedy = (): ReturnType<typeof evaluateDeployment> =>
        evaluateDeployment(connection, { ...request, samplesPerProblem: 1, greedy: true });
      const texts = async (): Promise<string[]> => (await greedy()).samples.map(({ outputText }) => outputText);
      expect(await texts()).toEqual(await texts());
    } finally {
      await emulator.close();
      await rm(stateDir, { recursive: true });
    }
  });
});
