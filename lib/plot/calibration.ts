/**
 * The rewards of the base model's answers before training.
 * @module
 */
import type { Calibration } from "../evaluate/calibrate.js";
import { percentText } from "../util/format.js";
import type { Figure } from "./figure.js";
import { rewardAxes, rewardBars } from "./histogram.js";
import { colors, makeFigure } from "./theme.js";

/** How many answers earned which reward; the title says on how many problems the rewards differ, which is what training learns from. */
export function calibrationFigure({ rewards, withoutSpread, failRate, decision }: Calibration): Figure {
  const finding =
    withoutSpread === 1
      ? "all answers to each problem earn the same"
      : `all answers earn the same on ${percentText(withoutSpread)} of the problems; the others teach`;
  return makeFigure({
    title: `${decision === "go" ? "Go" : "No go"}: ${finding}`,
    description: `Shares of the base model's answers by their reward, in ten bins from 0 to 1. ${percentText(failRate)} are not correct.`,
    data: [rewardBars("base model", rewards, colors.blue)],
    ...rewardAxes,
  });
}
