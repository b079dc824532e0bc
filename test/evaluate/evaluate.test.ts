import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Connection } from "../../dist/connect.js";
import { startEmulator } from "../../dist/emulator/emulator.js";
import { type EvaluationRequest, evaluateDeployment } from "../../dist/evaluate/evaluate.js";
import type { EvaluationProblem } from "../../dist/evaluate/problems.js";
import { openSandbox } from "../../dist/grader/sandbox.js";
import type { MultiGrader, PythonGrader } from "../../dist/service/graders.js";
import { type ChatAnswer, type ChatRequest, type ChatServer, completion, startChatServer } from "./chat-server.js";

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
  answer = answerEven,
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
  it("asks every problem as often as wanted, and keeps every answer beside its problem", async () => {
    const progress: number[] = [];
    const evaluation = await evaluate({ concurrency: 3, onProgress: ({ done, total }) => progress.push(done / total) });
    expect(server?.requests).toHaveLength(16);
    expect(server?.mostAtOnce()).toBeLessThanOrEqual(3);
    expect(progress).toEqual(Array.from({ length: 16 }, (_, i) => (i + 1) / 16));
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

  it("takes the reward from the grader and the accuracy from the judge", async () => {
    const paysLength = python("length", "len(text) < 5");
    const evaluation = await evaluate({ grader: paysLength, judge: grader });
    expect(evaluation.reward.value).toBe(0.5);
    expect(evaluation.samples.map(({ reward, criteria }) => reward + (criteria.correctness ?? 0))).toEqual(
      Array(16).fill(1),
    );
  });

  it("judges by the math grader where the grader has no verdict of its own", async () => {
    const paysLength = python("length", "1.0");
    const inBox = ({ messages }: ChatRequest): ChatAnswer =>
      completion(`The answer is $\\boxed{\\frac{${2 * Number.parseInt(messages.at(-1)?.content ?? "", 10) + 2}}{2}}$.`);
    const { reward, accuracy, formatCompliance } = await evaluate({ grader: paysLength }, inBox);
    expect([reward.value, accuracy.value, formatCompliance.value]).toEqual([1, 1, 1]);
  });

  it("counts the answers on which a grader fails", async () => {
    const fails = python("fails", '1 / (int(item["answer"]) % 2)');
    const evaluation = await evaluate({ grader: fails, judge: grader });
    expect(evaluation.reward.value).toBe(0.5);
    expect(evaluation.graderFailures).toBe(8);
  });

  it("takes a grader that fails on every answer for broken, not for a reward of zero", async () => {
    const broken = python("broken", 'item["absent"]');
    await expect(evaluate({ grader: broken, judge: grader })).rejects.toThrow(
      /The grader "broken" fails on every answer: [\s\S]*KeyError/,
    );
  });

  it("decodes greedily where the service can, and opens a sandbox where none is given", async () => {
    const greedy = (request: ChatRequest): ChatAnswer => ({
      ...answerEven(request),
      headers: { "x-nano-decoding": "greedy" },
    });
    expect((await evaluate({ greedy: true, samplesPerProblem: 1, sandbox: undefined }, greedy)).decoding).toBe(
      "greedy",
    );
  });

  it("makes a single call to find out that a service has no greedy decoding", async () => {
    await expect(evaluate({ greedy: true, samplesPerProblem: 1 })).rejects.toThrow("no greedy decoding");
    expect(server?.requests).toHaveLength(1);
  });

  it("refuses what cannot be measured before the first call", async () => {
    await expect(evaluate({ deployment: null })).rejects.toThrow("DEPLOYMENT_NAME");
    await server?.close();
    await expect(evaluate({ problems: [] })).rejects.toThrow("Nothing to evaluate");
    await server?.close();
    await expect(evaluate({ greedy: true })).rejects.toThrow("samplesPerProblem to 1");
    await server?.close();
    await expect(evaluate({ judge: python("total", "1") })).rejects.toThrow("parts named correctness and format");
    expect(server?.requests).toEqual([]);
  });

  it("makes more than fifty calls on Azure only with consent", async () => {
    server = await startChatServer(answerEven);
    const azure = { ...server.connection, settings: { ...server.connection.settings, backend: "azure" as const } };
    const request = { deployment: "d", problems, samplesPerProblem: 7, grader, sandbox };
    await expect(evaluateDeployment(azure, request)).rejects.toThrow("An evaluation of more than 50 calls costs money");
    expect(server.requests).toEqual([]);
    const agreed = { ...azure, settings: { ...azure.settings, runPaidJobs: true } };
    expect((await evaluateDeployment(agreed, request)).samples).toHaveLength(56);
  });

  it("ends when it is told to", async () => {
    const controller = new AbortController();
    const stopped = evaluate({ concurrency: 1, signal: controller.signal }, (request) => {
      controller.abort();
      return answerEven(request);
    });
    await expect(stopped).rejects.toThrow("aborted");
    expect(server?.requests).toHaveLength(1);
  });
});

describe("evaluateDeployment against the emulator", () => {
  it("measures the base model, drawing and greedy", async () => {
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
