/**
 * The instructions that stand before every problem.
 * @module
 */

/**
 * The developer message of an RFT line and of every evaluation. It avoids phrases such as "chain of thought" or
 * "step by step reasoning", over which the service's moderation of training data has been seen to stumble.
 */
export const developerMessage =
  "You are an expert mathematician. Solve the problem, show every intermediate calculation, and put the final answer in \\boxed{}.";

/** The system message of the documented supervised format. */
export const systemMessage =
  "You are an expert in mathematical reasoning. Work out a detailed solution step by step and give the final answer in \\boxed{}.";
