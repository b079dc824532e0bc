import { expect, test } from "vitest";
import { progressText } from "../../dist/cli/console-progress.js";

const first = { done: 100, total: 1_000_000, time: 5_000 };

test("the first step has no rate yet", () => {
  expect(progressText(first, first, "rows")).toBe("0% (100 of 1,000,000 rows)");
});

test.each([
  [{ done: 200_100, time: 105_000 }, "20% (200,100 of 1,000,000 rows), 2,000 rows/s, 6 min 40 s left"],
  [{ done: 1_100, time: 10_000 }, "0% (1,100 of 1,000,000 rows), 200 rows/s, 1 h 23 min left"],
  [{ done: 999_900, time: 6_000 }, "99% (999,900 of 1,000,000 rows), 999,800 rows/s, 1 s left"],
  [{ done: 1_000_000, time: 1_004_900 }, "100% (1,000,000 of 1,000,000 rows), 1,000 rows/s"],
])("later ones say how fast it goes and what is left: %o", (step, text) => {
  expect(progressText(first, { total: 1_000_000, ...step }, "rows")).toBe(text);
});
