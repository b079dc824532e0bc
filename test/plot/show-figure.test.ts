import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { rewardFigure } from "../../dist/plot/curves.js";
import { showFigure } from "../../dist/plot/show-figure.js";
import { madeCurve } from "./made-curve.js";

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
});
afterEach(() => vi.restoreAllMocks());

describe("showFigure outside a notebook", () => {
  test("prints the description", () => {
    showFigure(rewardFigure(madeCurve({ validReward: 0.3 }, { validReward: 0.8 })));
    expect(printed).toEqual([expect.stringMatching(/^Validation reward rises from 0\.30 to 0\.80\./)]);
  });
});
