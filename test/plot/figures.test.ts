import { describe, expect, it } from "vitest";
import { compareEvaluations } from "../../dist/evaluate/compare.js";
import { comparisonFigure } from "../../dist/plot/comparison.js";
import { criteriaFigure } from "../../dist/plot/criteria.js";
import type { Figure } from "../../dist/plot/figure.js";
import { hackingFigure } from "../../dist/plot/hacking.js";
import { histogramFigure } from "../../dist/plot/histogram.js";
import { lossFigure } from "../../dist/plot/loss.js";
import { makeUpFigure } from "../../dist/plot/make-up.js";
import { rewardFigure } from "../../dist/plot/reward.js";
import { tokensFigure } from "../../dist/plot/tokens.js";
import { madeEvaluation } from "../evaluate/made-evaluation.js";
import { madeCurve } from "./made-curve.js";

const titleOf = ({ layout }: Figure): string => layout.title.text.replaceAll(/<br>|\u00a0/g, " ");

const curve = madeCurve(
  { trainReward: 0.3, validReward: 0.31, completionTokens: 24, reasoningTokens: 10 },
  { trainReward: 0.5, completionTokens: 26, reasoningTokens: 12 },
  { trainReward: 0.8, validReward: 0.86, completionTokens: 31, reasoningTokens: 15 },
);

describe("rewardFigure", () => {
  it("states how the validation reward changed, and draws only what was measured", () => {
    const figure = rewardFigure(curve);
    expect(titleOf(figure)).toBe("Validation reward rises from 0.31 to 0.86");
    expect(figure.data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: "training", x: [1, 2, 3], y: [0.3, 0.5, 0.8] },
      { name: "validation", x: [1, 3], y: [0.31, 0.86] },
    ]);
    expect(figure.alt).toContain("Training reward rises from 0.30 to 0.80");
  });

  it("does not call a fall or a standstill a rise", () => {
    const titles = [
      madeCurve({ validReward: 0.5 }, { validReward: 0.2 }),
      madeCurve({ validReward: 0.501 }, { validReward: 0.504 }),
      madeCurve({ trainReward: 0.1 }, { trainReward: 0.2 }),
      madeCurve(),
    ].map((points) => titleOf(rewardFigure(points)));
    expect(titles).toEqual([
      "Validation reward falls from 0.50 to 0.20",
      "Validation reward stays at 0.50",
      "Training reward rises from 0.10 to 0.20",
      "No reward has been reported yet",
    ]);
  });
});

describe("criteriaFigure", () => {
  const criteria = (
    correctness: number,
    format: number,
  ): { criteria: Record<string, { train: null; valid: number }> } => ({
    criteria: { correctness: { train: null, valid: correctness }, format: { train: null, valid: format } },
  });

  it("shows accuracy and format compliance on the validation problems", () => {
    const figure = criteriaFigure(madeCurve(criteria(0.24, 0.48), {}, criteria(0.82, 0.99))) as Figure;
    expect(titleOf(figure)).toBe("Answer accuracy rises from 24 % to 82 %, format compliance rises from 48 % to 99 %");
    expect(figure.data.map(({ x }) => x)).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  it("is null where the grader has no such parts", () => {
    expect(criteriaFigure(curve)).toBeNull();
  });
});

describe("lossFigure", () => {
  it("shows the loss where the service reports one, and is null elsewhere", () => {
    expect(titleOf(lossFigure(madeCurve({ trainLoss: 250_100 }, { trainLoss: 120_000 })) as Figure)).toBe(
      "Loss falls from 2.50e+5 to 1.20e+5",
    );
    expect(lossFigure(curve)).toBeNull();
  });
});

describe("tokensFigure", () => {
  it("states how the length of the answers changed", () => {
    expect(titleOf(tokensFigure(curve))).toBe("Length of an answer rises from 24 to 31 tokens");
  });
});

describe("makeUpFigure", () => {
  it("counts the problems of each type by split, the largest type first", () => {
    const of = (count: number, problemType: string, split: "training" | "validation" | null): object[] =>
      Array.from({ length: count }, () => ({ problemType, split }));
    const problems = [...of(3, "Geometry", "training"), ...of(5, "Algebra", "training"), ...of(2, "Algebra", null)];
    const figure = makeUpFigure(problems as Parameters<typeof makeUpFigure>[0]);
    expect(titleOf(figure)).toBe("10 problems: 8 training, 0 validation, 2 dropped; Algebra leads with 70 %");
    expect(figure.data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: "training", x: [5, 3], y: ["Algebra", "Geometry"] },
      { name: "validation", x: [0, 0], y: ["Algebra", "Geometry"] },
      { name: "dropped", x: [2, 0], y: ["Algebra", "Geometry"] },
    ]);
  });
});

describe("figures of evaluations", () => {
  const often = (length: number, verdicts: number[]): number[][] => Array.from({ length }, () => verdicts);
  const base = madeEvaluation("base", [...often(20, [0, 0, 1, 0]), ...often(10, [1, 1, 1, 0])]);
  const tuned = madeEvaluation("tuned", often(30, [1, 1, 1, 0]));

  it("compares both models on all problems and by type, with intervals", () => {
    const figure = comparisonFigure(compareEvaluations(base, tuned));
    expect(titleOf(figure)).toBe("Accuracy rises from 42 % to 75 %");
    const [before] = figure.data;
    expect(before?.y).toEqual(["all (30)", "Geometry (20)", "Algebra (10)"]);
    const low = (before?.x[0] as number) - (before?.error_x?.arrayminus[0] as number);
    expect(low).toBeCloseTo(compareEvaluations(base, tuned).accuracy.base.low);
  });

  it("shows no difference where the interval includes zero", () => {
    expect(titleOf(comparisonFigure(compareEvaluations(base, base)))).toBe(
      "No difference shown: accuracy stays at 42 %",
    );
  });

  it("says that a grader is gamed only where the reward rises and the accuracy falls", () => {
    const rising = madeCurve({ trainReward: 0.11 }, { trainReward: 0.98 });
    expect(titleOf(hackingFigure(rising, tuned, base))).toBe(
      "The grader is gamed: reward rises from 0.11 to 0.98, accuracy falls from 75 % to 42 %",
    );
    expect(titleOf(hackingFigure(rising, base, tuned))).toBe(
      "Reward rises from 0.11 to 0.98, accuracy rises from 42 % to 75 %",
    );
  });

  it("counts rewards in ten bins, the highest including 1", () => {
    const figure = histogramFigure(base, tuned);
    expect(titleOf(figure)).toBe("75 % of the tuned model's answers earn a reward above 0.9, 42 % of the base model's");
    expect(figure.data[1]?.y).toEqual([0, 0.25, 0, 0, 0, 0, 0, 0, 0, 0.75]);
  });
});

describe("every figure", () => {
  it("breaks its title into lines that fit beside a phone's edges", () => {
    const long = hackingFigure(madeCurve({ trainReward: 0.11 }, { trainReward: 0.98 }), ...twoEvaluations());
    for (const line of long.layout.title.text.split("<br>")) expect(line.length).toBeLessThanOrEqual(46);
  });

  it("is transparent, has axes with units and says in words what it shows", () => {
    const { layout, alt } = rewardFigure(curve);
    expect([layout.paper_bgcolor, layout.plot_bgcolor]).toEqual(["rgba(0, 0, 0, 0)", "rgba(0, 0, 0, 0)"]);
    expect([layout.xaxis.title.text, layout.yaxis.title.text]).toEqual(["Step", "Mean reward (0 to 1)"]);
    expect(alt).toMatch(/^Validation reward rises from 0\.31 to 0\.86\. Mean reward over 3 steps and 2 evaluations\./);
  });
});

function twoEvaluations(): [ReturnType<typeof madeEvaluation>, ReturnType<typeof madeEvaluation>] {
  return [madeEvaluation("before", Array(8).fill([1])), madeEvaluation("after", Array(8).fill([0]))];
}
