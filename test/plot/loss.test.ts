import { describe, expect, test } from "vitest";
import type { Figure } from "../../dist/plot/figure.js";
import { lossFigure } from "../../dist/plot/loss.js";
import { madeCurve } from "./made-curve.js";
import { titleOf } from "./title-of.js";

describe("lossFigure", () => {
  test("shows the loss where the service reports one, and is null elsewhere", () => {
    expect(titleOf(lossFigure(madeCurve({ trainLoss: 250_100 }, { trainLoss: 120_000 })) as Figure)).toBe(
      "Loss falls from 2.50e+5 to 1.20e+5",
    );
    expect(lossFigure(madeCurve({ trainReward: 0.3 }))).toBeNull();
  });
});
