import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { notebookText } from "../../dist/tools/notebook/notebook.js";
import { projectRoot } from "../../dist/util/assets.js";
import { codeCell, markdownCell, notebookOf } from "../tools/notebook/notebooks.js";
import { openPage, widths } from "./chromium.js";
import { figureDescriptions, notebookFile } from "./executed.js";
import { type Jupyter, runFirstCell, startJupyter, waitForKernel } from "./jupyter.js";

const figureCode = `
import { rewardFigure } from ${JSON.stringify(join(projectRoot, "dist/plot/curves.js"))};
import { showFigure } from ${JSON.stringify(join(projectRoot, "dist/plot/show-figure.js"))};
showFigure(rewardFigure({ jobId: "", points: [] }));`;

const kernelspec = { name: "tslab", display_name: "TypeScript", language: "typescript" };

let jupyter: Jupyter;
let descriptions: string[];
beforeAll(async () => {
  descriptions = await figureDescriptions();
  jupyter = await startJupyter({
    "cookbook.ipynb": await readFile(notebookFile, "utf8"),
    "plain.ipynb": notebookText({ ...notebookOf(markdownCell("$x^2$")), metadata: { kernelspec } }),
    "live.ipynb": notebookText({ ...notebookOf(codeCell(figureCode.trim())), metadata: { kernelspec } }),
  });
});
afterAll(() => jupyter?.stop());

async function open(notebook: string, width?: number): Promise<{ page: Page; errors: string[] }> {
  const opened = await openPage({ width });
  await opened.page.goto(jupyter.addressOf(notebook));
  await opened.page.locator(".kernel_indicator_name", { hasText: "TypeScript" }).waitFor();
  await opened.page.locator(".cell").first().waitFor();
  return opened;
}

/** Clicks "Not Trusted" as a reader does; the notebook is loaded anew. */
async function trust(page: Page): Promise<void> {
  await page.click("#notification_trusted");
  await page.locator(".modal-dialog .btn-danger").click();
  await page.locator("#notification_trusted", { hasText: /^Trusted$/ }).waitFor();
}

/** Mathematics is typeset, and all of it could be read. */
async function expectMathematics(page: Page): Promise<void> {
  await page.locator(".rendered_html .MathJax").first().waitFor();
  expect(await page.locator(".MathJax_Error, .merror").allTextContents()).toEqual([]);
}

describe("the committed notebook in the classic Notebook", () => {
  test("shows every figure as a still image before it is trusted", async () => {
    const { page } = await open("cookbook.ipynb");
    const images = page.locator(".output_html img");
    await expect.poll(() => images.count()).toBe(descriptions.length);
    const shown = await images.evaluateAll((all) =>
      (all as HTMLImageElement[]).map(({ alt, naturalWidth, src }) => ({ alt, naturalWidth, type: src.split(";")[0] })),
    );
    expect(shown).toEqual(descriptions.map((alt) => ({ alt, naturalWidth: 760, type: "data:image/png" })));
    await expectMathematics(page);
  });

  test("shows every figure as an interactive plot once it is trusted", async () => {
    const { page } = await open("cookbook.ipynb");
    await trust(page);
    const plots = page.locator(".js-plotly-plot");
    await expect.poll(() => plots.count(), { timeout: 20_000 }).toBe(descriptions.length);
    const traces = await plots.evaluateAll((all) => all.map((plot) => plot.querySelectorAll(".trace").length));
    expect(Math.min(...traces)).toBeGreaterThan(0);
    expect(await page.locator(".output_html img").count()).toBe(0);
    await expectMathematics(page);
  });

  test("causes no error that a notebook with one formula does not cause", async () => {
    const errorsOf = async (notebook: string): Promise<string[]> => {
      const { page, errors } = await open(notebook);
      await expectMathematics(page);
      return errors.map((error) => error.replace(/\?v=\d+/g, ""));
    };
    const plain = await errorsOf("plain.ipynb");
    expect((await errorsOf("cookbook.ipynb")).filter((error) => !plain.includes(error))).toEqual([]);
  });

  test.each(widths)("can be read without scrolling sideways at %i px", async (width) => {
    const { page } = await open("cookbook.ipynb", width);
    const overflowing = await page
      .locator(".output_html img, .js-plotly-plot, .text_cell_render")
      .evaluateAll((all) => all.filter((element) => element.getBoundingClientRect().right > innerWidth + 1).length);
    expect(overflowing).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
});

test("the installed kernel runs a cell in the classic Notebook and draws its figure", async () => {
  const { page, errors } = await open("live.ipynb");
  await waitForKernel(page);
  await runFirstCell(page);
  await page.locator(".js-plotly-plot .main-svg").first().waitFor({ timeout: 60_000 });
  expect(errors.filter((error) => /plotly/i.test(error))).toEqual([]);
});
