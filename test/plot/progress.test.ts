import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { progressBar } from "../../dist/plot/progress.js";

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
});
afterEach(() => vi.restoreAllMocks());

describe("progressBar outside a notebook", () => {
  it("prints a line for every tenth of the progress", () => {
    const report = progressBar("Baseline");
    for (let done = 1; done <= 200; done++) report({ done, total: 200 });
    expect(printed).toHaveLength(11);
    expect(printed.at(-1)).toBe(`Baseline ${"█".repeat(24)} 100\u00a0% (200 of 200)`);
  });
});
