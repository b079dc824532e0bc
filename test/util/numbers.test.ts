import { expect, test } from "vitest";
import { mean, median, sum } from "../../dist/util/numbers.js";

test("the sum and the mean are of all values; of none, 0 and NaN", () => {
  expect(sum([1, 2, 6])).toBe(9);
  expect(mean([1, 2, 6])).toBe(3);
  expect([sum([]), mean([])]).toEqual([0, Number.NaN]);
});

test("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([9, 1, 2])).toBe(2);
  expect(median([9, 1, 2, 4])).toBe(3);
  expect(median([])).toBeNaN();
});
