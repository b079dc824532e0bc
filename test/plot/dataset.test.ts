import { describe, expect, test } from "vitest";
import { type CountedProblem, datasetFigure } from "../../dist/plot/dataset.js";
import { titleOf } from "./title-of.js";

/** `count` alike problems. */
function some(count: number, more: Partial<CountedProblem>): CountedProblem[] {
  const one = { problemType: "Algebra", questionKind: "single question", answerKind: "number", source: "olympiads" };
  return Array(count).fill({ ...one, split: "training", ...more });
}

describe("datasetFigure", () => {
  test("counts the problems of each type by split, the largest type first", () => {
    const figure = datasetFigure([
      ...some(3, { problemType: "Geometry" }),
      ...some(5, {}),
      ...some(2, { split: null }),
    ]);
    expect(titleOf(figure)).toBe("10 problems: 8 training, 0 validation, 2 dropped; Algebra leads with 70 %");
    expect(figure.data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: "training", x: [5, 3], y: ["Algebra", "Geometry"] },
      { name: "validation", x: [0, 0], y: ["Algebra", "Geometry"] },
      { name: "dropped", x: [2, 0], y: ["Algebra", "Geometry"] },
    ]);
  });

  test("counts by kind of answer, source or kind of question", () => {
    const figure = datasetFigure([...some(1, { answerKind: null }), ...some(3, { answerKind: "set" })], "answerKind");
    expect(titleOf(figure)).toBe("By kind of answer, set leads: 75 % of 4 problems");
    expect(figure.data[0]?.y).toEqual(["set", "none"]);
  });

  test("takes small groups together where there are many", () => {
    const sources = Array.from({ length: 20 }, (_, i) => some(30 - i, { source: `source ${i}` })).flat();
    const [training] = datasetFigure(sources, "source").data;
    expect(training?.y).toHaveLength(12);
    expect(training?.y.at(-1)).toBe("9 others");
    expect(training?.x.reduce((sum: number, count) => sum + Number(count), 0)).toBe(sources.length);
  });

  test("can be drawn without problems", () => {
    expect(titleOf(datasetFigure([]))).toBe("0 problems");
  });
});
