/** A browser for the tests, and what they watch in it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll } from "vitest";
import { launchChromium } from "../../dist/tools/notebook/programs.js";

let browser: Promise<Browser> | undefined;

afterAll(async () => (await browser)?.close());

/** How wide a phone's screen is, and a laptop's. */
export const widths = [390, 1400] as const;

export interface View {
  width?: number;
  colorScheme?: "light" | "dark";
}

/** A page of its own, and the errors that its console has shown since. */
export async function openPage({ width = 1400, colorScheme = "light" }: View = {}): Promise<{
  page: Page;
  errors: string[];
}> {
  browser ??= launchChromium();
  const context = await (await browser).newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  return { page, errors };
}

/** What axe-core finds against WCAG 2.2 AA within `selector`, a line for each element. */
export async function violations(page: Page, selector = "body"): Promise<string[]> {
  // Evaluated, because the page's content policy lets no script in.
  await page.evaluate(readFileSync(createRequire(__filename).resolve("axe-core"), "utf8"));
  return page.evaluate(async (selector) => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run(selector, { runOnly: tags });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
    );
  }, selector);
}
