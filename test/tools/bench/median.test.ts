import { describe, expect, test } from "vitest";
import { median } from "../../../dist/tools/bench/median.js";

describe("the median", () => {
  test("is the middle value, or the mean of the two in the middle", () => {
    expect(median([9, 1, 2])).toBe(2);
    expect(median([9, 1, 2, 4])).toBe(3);
  });
});
