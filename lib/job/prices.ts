/**
 * What Azure charges, as far as it is published.
 * Source: Microsoft's cost management page for fine-tuning and the model price list, in US dollars.
 * @module
 */

import { baseModelName, findModelProfile } from "../service/models.js";

/** The day on which the prices below were read from their source. */
export const pricesReadOn = "2026-11-22";

/** Prices of o4-mini; those of other models are not published in the same way. */
export const prices = {
  /** Per hour of the core training loop; queue, data checks and safety evaluation are free. */
  trainingHour: 100,
  /** Training and grading together: a job that reaches it pauses itself. */
  jobCap: 5_000,
  /** Per hour of a fine-tuned deployment of the SKUs Standard and GlobalStandard, even an idle one. */
  hostingHour: 1.7,
  /** The same for o3-mini as a grader. */
  inputMillionTokens: 1.1,
  outputMillionTokens: 4.4,
} as const;

/** What a million tokens cost when this model, tuned or not, answers; undefined for models whose price was not read. */
export function answerPrices(
  model: string,
): Pick<typeof prices, "inputMillionTokens" | "outputMillionTokens"> | undefined {
  return findModelProfile(baseModelName(model))?.base === "o4-mini" ? prices : undefined;
}

/**
 * Dollars per hour for hosting a deployment: nothing for base models, billed by tokens, and on the developer tier; null on
 * provisioned capacity, whose price was not read.
 */
export function hostingPerHour({ model, sku }: { model: string; sku: string }): number | null {
  if (/provisioned/i.test(sku)) return null;
  return isFineTuned(model) && !/^developer/i.test(sku) ? prices.hostingHour : 0;
}

/** "$1.70", "$5,000": cents only where there are some. */
export function dollars(amount: number): string {
  return `$${amount.toLocaleString("en-US", { minimumFractionDigits: Number.isInteger(amount) ? 0 : 2 })}`;
}

/** Whether a deployed model's name is that of a fine-tuned model or of a checkpoint. */
export function isFineTuned(model: string): boolean {
  return model.includes(".ft-") || model.startsWith("ftchkpt-");
}
