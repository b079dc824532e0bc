import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../tools/notebook/notebooks.js";
import { openPage, type View, violations, widths } from "./chromium.js";
import { figureDescriptions, writePage } from "./executed.js";

async function open(view?: View): Promise<{ page: Page; errors: string[] }> {
  const address = await writePage(await temporaryFolder());
  const opened = await openPage(view);
  await opened.page.goto(address);
  return opened;
}

describe.each(widths)("the page at %i px", (width) => {
  test("shows every figure, drawn, without an error", async () => {
    const { page, errors } = await open({ width });
    const figures = page.locator("figure.plot");
    const [result, ...inPlace] = await figures.evaluateAll((all) =>
      all.map((figure) => figure.getAttribute("aria-label")),
    );
    expect(inPlace).toEqual(await figureDescriptions());
    expect(inPlace).toContain(result);
    const traces = await figures.evaluateAll((all) => all.map((figure) => figure.querySelectorAll(".trace").length));
    expect(Math.min(...traces)).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  });

  test("shows every word of every figure, and no title under a legend", async () => {
    const { page } = await open({ width });
    const cutOff = await page.locator("figure.plot").evaluateAll((figures) =>
      figures.flatMap((figure) => {
        const box = figure.getBoundingClientRect();
        const texts = Array.from(figure.querySelectorAll(".main-svg text")).map((text) => ({
          text: text.textContent,
          box: text.getBoundingClientRect(),
        }));
        const outside = texts.filter(
          ({ box: { left, right, top, bottom } }) =>
            left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1,
        );
        const title = figure.querySelector(".g-gtitle")?.getBoundingClientRect();
        const legend = figure.querySelector(".legend")?.getBoundingClientRect();
        const covered = title && legend && title.bottom > legend.top + 1 ? [`legend over ${figure.ariaLabel}`] : [];
        return [...outside.map(({ text }) => text), ...covered];
      }),
    );
    expect(cutOff).toEqual([]);
  });

  test("can be read without scrolling sideways, the code shown or not", async () => {
    const { page } = await open({ width });
    for (const step of ["folded", "shown"]) {
      expect(await page.evaluate(() => document.documentElement.scrollWidth), step).toBeLessThanOrEqual(width);
      await page.click("#code-switch");
    }
  });

  test.each(["light", "dark"] as const)("is accessible in %s colours", async (colorScheme) => {
    const { page } = await open({ width, colorScheme });
    expect(await violations(page)).toEqual([]);
    await page.click("#code-switch");
    expect(await violations(page)).toEqual([]);
  });
});

test("mathematics is typeset", async () => {
  const { page } = await open();
  expect(await page.locator(".katex").count()).toBeGreaterThan(0);
  expect(await page.locator(".katex-error").allTextContents()).toEqual([]);
  const fonts = await page.evaluate(() => {
    const states: string[] = [];
    document.fonts.forEach(({ status }) => void states.push(status));
    return states;
  });
  expect(fonts).toContain("loaded");
});

test.each(widths)("every section can be reached with the keyboard at %i px", async (width) => {
  const { page } = await open({ width });
  const headings = await page.locator("h2").evaluateAll((all) => all.map(({ id }) => id));
  expect(headings.length).toBeGreaterThan(5);
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Skip to the text");
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Contents");
  if (
    !(await page
      .locator("nav details")
      .getAttribute("open")
      .then((open) => open !== null))
  ) {
    await page.keyboard.press("Enter");
  }
  for (const id of headings) {
    for (let tabs = 0; (await target(page)) !== id && tabs < 20; tabs++) {
      await page.keyboard.press("Tab");
    }
    expect(await target(page)).toBe(id);
  }
  await page.keyboard.press("Enter");
  const last = page.locator("h2").last();
  await expect.poll(async () => (await last.boundingBox())?.y).toBeLessThan(900);
});

test("the code is folded, opens one by one and all at once", async () => {
  const { page } = await open();
  const sources = page.locator("details.source");
  const openCount = (): Promise<number> => page.locator("details.source[open]").count();
  expect(await openCount()).toBe(0);
  await sources.first().locator("summary").focus();
  await page.keyboard.press("Enter");
  expect(await openCount()).toBe(1);
  await page.getByRole("button", { name: "Show all code" }).click();
  expect(await openCount()).toBe(await sources.count());
  await page.getByRole("button", { name: "Fold all code" }).click();
  expect(await openCount()).toBe(0);
});

test("prints whole on at most 34 pages of A4: code and solutions open, figures as images, nothing cut off", async () => {
  const { page } = await open();
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 690, height: 1000 });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  expect(await page.locator("main details:not([open])").count()).toBe(0);
  const stills = await page
    .locator("figure.plot .still")
    .evaluateAll((all) => all.map((still) => still.getBoundingClientRect().width > 400));
  expect(stills.length).toBeGreaterThan(0);
  expect(stills).not.toContain(false);
  const cutOff = await page
    .locator("main pre, main table, main img")
    .evaluateAll((all) =>
      all.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80)),
    );
  expect(cutOff).toEqual([]);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  expect(await page.locator("details.source[open]").count()).toBe(0);

  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  const pages = pdf.match(/\/Type \/Page\b/g)?.length ?? 0;
  expect(pages).toBeGreaterThan(10);
  expect(pages).toBeLessThanOrEqual(34);
});

async function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.textContent?.trim());
}

/** The heading to which the link with the focus leads. */
async function target(page: Page): Promise<string | undefined> {
  const href = await page.evaluate(() => document.activeElement?.getAttribute("href"));
  return href ? decodeURIComponent(href.slice(1)) : undefined;
}
