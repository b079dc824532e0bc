/**
 * Fault plans drawn at random, for tests that run long.
 * @module
 */

import type { FaultPlan } from "../../../dist/emulator/faults/fault-plan.js";
import { integerBetween, pick, type Random, seededRandom } from "../../../dist/util/random.js";

type PlannedFault = FaultPlan[number];

const routes = [
  "POST /openai/v1/files",
  "GET /openai/v1/files",
  "GET /openai/v1/files/:id",
  "GET /openai/v1/files/:id/content",
  "POST /openai/v1/fine_tuning/jobs",
  "GET /openai/v1/fine_tuning/jobs",
  "GET /openai/v1/fine_tuning/jobs/:id",
  "GET /openai/v1/fine_tuning/jobs/:id/events",
  "GET /openai/v1/fine_tuning/jobs/:id/checkpoints",
  "POST /openai/v1/fine_tuning/alpha/graders/run",
  "POST /openai/v1/chat/completions",
  "PUT /deployments/:name",
  "GET /deployments/:name",
  "GET /operations/:id",
] as const;

/** The faults of one call that pass by themselves. */
const kinds = [
  "rate_limit",
  "internal_error",
  "unavailable",
  "reset_before",
  "reset_after",
  "slow_body",
  "truncated_json",
] as const;

/**
 * A plan of `length` faults, the same for the same `seed`. None of them lasts: whoever asks again, or runs
 * the same step again, gets over each. Waiting times are milliseconds, so that a test spends none.
 */
export function randomFaultPlan(seed: number, length = 20): FaultPlan {
  const random = seededRandom(seed);
  return Array.from({ length }, () => randomFault(random));
}

function randomFault(random: Random): PlannedFault {
  const call = { route: pick(random, routes), nth: integerBetween(random, 1, 6) };
  const kind = pick(random, kinds);
  if (kind === "rate_limit") return { ...call, kind, retryAfter: 0.02 };
  if (kind === "slow_body") return { ...call, kind, delay: 30 };
  return { ...call, kind };
}
