import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JobUpdate } from "../../dist/job/watch.js";
import { trainingView } from "../../dist/plot/training-view.js";
import { madeCurve } from "./made-curve.js";

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
});
afterEach(() => vi.restoreAllMocks());

describe("trainingView outside a notebook", () => {
  test("prints a line when something has changed in a job", () => {
    const view = trainingView();
    view(update("queued", 0, []));
    view(update("queued", 0, []));
    view(update("running", 100, [1, 2]));
    view(update("running", 100, [3]));
    expect(printed).toEqual([
      "status: queued",
      `status: running  step: 2 of 8 ${"█".repeat(6)}${"░".repeat(18)}  training reward: 0.20  validation reward: 0.10 (0.10 at first)  time left: about 60 s, 6 steps a minute`,
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
