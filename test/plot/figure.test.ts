import { describe, expect, test } from "vitest";
import { makeFigure } from "../../dist/plot/figure.js";

const figure = makeFigure({
  title: "The grader is gamed: reward rises from 0.11 to 0.98, accuracy falls from 100 % to 0 %",
  description: "Mean reward at every step.",
  data: [],
  x: { label: "Step" },
  y: { label: "Mean reward (0 to 1)", rangemode: "tozero" },
});

describe("makeFigure", () => {
  test("breaks the title into lines that fit into a still image", () => {
    const lines = figure.layout.title.text.split("<br>");
    expect(lines.length).toBe(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(84);
  });

  test("is transparent, labels the axes and says in words what is shown", () => {
    const { layout, alt } = figure;
    expect([layout.paper_bgcolor, layout.plot_bgcolor]).toEqual(["rgba(0, 0, 0, 0)", "rgba(0, 0, 0, 0)"]);
    expect([layout.xaxis.title.text, layout.yaxis.title.text]).toEqual(["Step", "Mean reward (0 to 1)"]);
    expect(layout.yaxis.rangemode).toBe("tozero");
    expect(alt).toMatch(/^The grader is gamed: .* to 0 %\. Mean reward at every step\.$/);
  });
});
