import { describe, expect, test } from "vitest";
import { traceLengthsFigure } from "../../dist/plot/trace-lengths.js";
import { titleOf } from "./title-of.js";

describe("traceLengthsFigure", () => {
  test("counts every solution once and says where the middle and the longest tenth lie", () => {
    const lengths = Array.from({ length: 101 }, (_, i) => ({ traceCharacters: 100 * i }));
    const figure = traceLengthsFigure([...lengths, { traceCharacters: null }]);
    expect(titleOf(figure)).toBe(
      "Half of the solutions are shorter than 5,000 characters, one in ten longer than 9,000",
    );
    expect(figure.data[0]?.y.reduce((sum: number, count) => sum + Number(count), 0)).toBe(101);
    expect(figure.alt).toContain("101 verified solutions; the longest has 10,000 characters");
  });

  test("says that there are none", () => {
    expect(titleOf(traceLengthsFigure([{ traceCharacters: null }]))).toBe("No verified solution has been read");
  });
});
