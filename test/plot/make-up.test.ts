import { describe, expect, it } from "vitest";
import { makeUpFigure } from "../../dist/plot/make-up.js";
import { titleOf } from "./title-of.js";

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
