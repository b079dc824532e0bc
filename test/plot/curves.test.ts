import { describe, expect, test } from "vitest";
import { criteriaFigure, lossFigure, rewardFigure, tokensFigure } from "../../dist/plot/curves.js";
import type { Figure } from "../../dist/plot/figure.js";
import { madeCurve } from "./made-curve.js";
import { titleOf } from "./title-of.js";

const curve = madeCurve(
  { trainReward: 0.3, validReward: 0.31, completionTokens: 24, reasoningTokens: 10 },
  { trainReward: 0.5, completionTokens: 26, reasoningTokens: 12 },
  { trainReward: 0.8, validReward: 0.86, completionTokens: 31, reasoningTokens: 15 },
);

describe("rewardFigure", () => {
  test("states how the validation reward changed, and draws only what was measured", () => {
    const figure = rewardFigure(curve);
    expect(titleOf(figure)).toBe("Validation reward rises from 0.31 to 0.86");
    expect(figure.data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: "training", x: [1, 2, 3], y: [0.3, 0.5, 0.8] },
      { name: "validation", x: [1, 3], y: [0.31, 0.86] },
    ]);
    expect(figure.alt).toContain("Training reward rises from 0.30 to 0.80");
  });

  test("does not call a fall or a standstill a rise", () => {
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

  test("compares the first three steps with the last three, because single steps scatter", () => {
    const rewards = [0.1, 0.3, 0.2, ...Array(14).fill(0.5), 0.7, 0.9, 0.8];
    const curve = madeCurve(...rewards.map((trainReward) => ({ trainReward })));
    expect(titleOf(rewardFigure(curve))).toBe("Training reward rises from 0.20 to 0.80");
  });
});

describe("criteriaFigure", () => {
  const criteria = (
    correctness: number,
    format: number,
  ): { criteria: Record<string, { train: null; valid: number }> } => ({
    criteria: { correctness: { train: null, valid: correctness }, format: { train: null, valid: format } },
  });

  test("shows accuracy and format compliance on the validation problems", () => {
    const figure = criteriaFigure(madeCurve(criteria(0.24, 0.48), {}, criteria(0.82, 0.99))) as Figure;
    expect(titleOf(figure)).toBe("Answer accuracy rises from 24 % to 82 %, format compliance rises from 48 % to 99 %");
    expect(figure.data.map(({ x }) => x)).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  test("shows them on the training problems while validation reports none", () => {
    const train = (share: number): object => ({ criteria: { correctness: { train: share, valid: null } } });
    const figure = criteriaFigure(madeCurve(train(0.25), train(0.5))) as Figure;
    expect(titleOf(figure)).toBe("Answer accuracy rises from 25 % to 50 %");
    expect(figure.data[0]?.y).toEqual([0.25, 0.5]);
  });

  test("is null where the grader has no such parts", () => {
    expect(criteriaFigure(madeCurve({ trainReward: 0.3 }))).toBeNull();
  });
});

describe("lossFigure", () => {
  test("shows the loss where the service reports one, and is null elsewhere", () => {
    expect(titleOf(lossFigure(madeCurve({ trainLoss: 250_100 }, { trainLoss: 120_000 })) as Figure)).toBe(
      "Loss falls from 2.50e+5 to 1.20e+5",
    );
    expect(lossFigure(madeCurve({ trainReward: 0.3 }))).toBeNull();
  });
});

describe("tokensFigure", () => {
  test("states how the length of the answers changed", () => {
    expect(titleOf(tokensFigure(curve))).toBe("Length of an answer rises from 24 to 31 tokens");
  });
});
