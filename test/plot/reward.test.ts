import { describe, expect, test } from "vitest";
import { rewardFigure } from "../../dist/plot/reward.js";
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
});
