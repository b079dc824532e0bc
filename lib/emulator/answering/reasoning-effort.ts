/**
 * What reasoning effort means for the tiny model: how long an answer may become, in training as in inference.
 * @module
 */

/** How hard a model shall think. */
export type ReasoningEffort = "low" | "medium" | "high";

/**
 * The longest answer in tokens. Its worked solutions take 18 to 66 tokens, so that low effort cuts the longest ones off, and high
 * effort leaves room only for rambling. The model's context holds 128 tokens, the question included.
 */
const tokenBudgets: Record<ReasoningEffort, number> = { low: 40, medium: 80, high: 112 };

/** The longest answer in tokens at an effort; where none is named it is medium, as on the service. */
export function tokenBudget(effort: ReasoningEffort | null | undefined): number {
  return tokenBudgets[effort ?? "medium"];
}
