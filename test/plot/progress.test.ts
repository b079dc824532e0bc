import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JobUpdate } from "../../dist/job/watch.js";
import { progressBar, progressLine, trainingView } from "../../dist/plot/progress.js";
import { madeCurve } from "./made-curve.js";

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
});
afterEach(() => vi.restoreAllMocks());

describe("progressBar outside a notebook", () => {
  test("prints a line for every tenth of the progress, and at the end no pace", () => {
    const report = progressBar("Baseline");
    for (let done = 1; done <= 200; done++) report({ done, total: 200 });
    expect(printed).toHaveLength(11);
    expect(printed.at(-1)).toBe(`Baseline ${"█".repeat(24)} 100\u00a0% (200 of 200)`);
  });

  test("tells what was kept and what it cost, where there is something to tell", () => {
    const report = progressBar("Baseline");
    report({ done: 200, total: 200, reused: 150, dollars: 0.123 });
    report({ done: 0, total: 200, reused: 0, dollars: null });
    expect(printed).toEqual([
      expect.stringMatching(/\(200 of 200, 150 kept from before, \$0\.12\)$/),
      expect.stringMatching(/\(0 of 200\)$/),
    ]);
  });

  test("tells the rate and the time left, not counting what was there at first", () => {
    const times = [0, 10_000, 20_000];
    const report = progressBar("Baseline", () => times.shift() ?? 0);
    for (const done of [100, 300, 500]) report({ done, total: 1000 });
    expect(printed).toEqual([
      expect.stringMatching(/\(100 of 1,000\)$/),
      expect.stringMatching(/\(300 of 1,000, 20 a second, 35 s left\)$/),
      expect.stringMatching(/\(500 of 1,000, 20 a second, 25 s left\)$/),
    ]);
  });
});

describe("progressLine outside a notebook", () => {
  test("says what is under way, and passes on what becomes of it", async () => {
    expect(await progressLine("Grading", Promise.resolve(7))).toBe(7);
    expect(printed).toEqual(["Grading …"]);
    await expect(progressLine("Grading", Promise.reject(new Error("no sandbox")))).rejects.toThrow("no sandbox");
  });
});

describe("trainingView outside a notebook", () => {
  test("says when a job has ended that had ended before it was watched, and of no other", () => {
    const end = {
      ...update("succeeded", 80, [8]),
      job: { ...update("succeeded", 80, []).job, finished_at: 1_700_000_000 },
    };
    const running = trainingView();
    running(update("running", 70, [7]));
    running(end);
    trainingView()(end);
    const said = "ended: 2023-11-14 22:13 UTC";
    expect(printed.map((line) => line.includes(said))).toEqual([false, false, true]);
  });

  test("prints a line when something has changed in a job", () => {
    const view = trainingView();
    view(update("queued", 0, []));
    view(update("queued", 0, []));
    view(update("running", 100, [1, 2]));
    view(update("running", 100, [3]));
    expect(printed).toEqual([
      "status: queued",
      `status: running  step: 2 of 8 ${"█".repeat(6)}${"░".repeat(18)}  training reward: 0.20 (0.20 at first)  validation reward: 0.10 (0.10 at first)  time left: about 60 s, 6 steps a minute`,
      expect.stringContaining("time left: about 50 s, 6 steps a minute"),
    ]);
  });
});

/** An update of a job of eight steps, ten seconds each, whose steps `steps` are new. */
function update(status: string, start: number, steps: number[]): JobUpdate {
  const events = steps.map((step) => ({
    id: `ftevent-${step}`,
    object: "fine_tuning.job.event",
    created_at: start + 10 * step,
    level: "info",
    message: `Step ${step}`,
    type: "metrics",
    data: { step, total_steps: 8 },
  }));
  const curve = steps.length > 0 ? madeCurve({ validReward: 0.1 }, { trainReward: 0.2 }) : madeCurve();
  return { job: { status, estimated_finish: null }, events, curve } as unknown as JobUpdate;
}
