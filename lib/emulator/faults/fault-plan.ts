/**
 * The fault plan: which calls the emulator answers as a service on a bad day would.
 *
 * A plan is a JSON list. Each entry names a route, the first call of it that goes wrong (`nth`, 1 by
 * default), how many calls in a row do (`times`, 1 by default) and the kind of fault. Calls are counted from
 * the start of the emulator, each route by itself; requests without the key do not count. A route is a method
 * and a path, which also stands for the same path below a project; the names of its parameters do not matter.
 * On the control plane it begins at `/deployments` or `/operations`:
 *
 * ```json
 * [
 *   { "route": "POST /openai/v1/files", "kind": "rate_limit", "retryAfter": 0.1 },
 *   { "route": "GET /openai/v1/fine_tuning/jobs/:id", "nth": 3, "times": 2, "kind": "unavailable" },
 *   { "route": "PUT /deployments/:name", "kind": "deployment_not_ready", "calls": 2 }
 * ]
 * ```
 *
 * | kind | on | what happens |
 * |---|---|---|
 * | `rate_limit` | any route | 429 with `retry-after: retryAfter` (seconds, 1 by default); nothing is done |
 * | `internal_error` | any route | 500; nothing is done |
 * | `unavailable` | any route | 503; nothing is done |
 * | `expired_token` | any route | 401, as for an expired token; nothing is done |
 * | `reset_before` | any route | the connection is reset; nothing is done |
 * | `reset_after` | any route | the request is carried out, then the connection is reset |
 * | `slow_body` | any route | the second half of the reply comes `delay` milliseconds after the first (1000 by default) |
 * | `truncated_json` | any route | the request is carried out; the reply ends in its middle |
 * | `file_error` | `POST /openai/v1/files` | this file ends in the status `error` with `message` |
 * | `job_fails` | `POST /openai/v1/fine_tuning/jobs` | this job fails after `afterSteps` steps (1 by default, 0 for at once) with `message` |
 * | `job_pauses` | `POST /openai/v1/fine_tuning/jobs` | this job pauses itself after `afterSteps` steps, as at the limit of $5,000 |
 * | `deployment_fails` | `PUT /deployments/:name` | this deployment ends as `Failed` |
 * | `deployment_not_ready` | `PUT /deployments/:name` | once it has succeeded, this deployment refuses its first `calls` questions (1 by default) |
 * | `insufficient_quota` | `PUT /deployments/:name` | 400 `InsufficientQuota`; nothing is done |
 * @module
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigurationError, DataError, messageOf } from "../../util/errors.js";

const call = { route: z.string(), nth: z.int().min(1).default(1), times: z.int().min(1).default(1) };
const upload = { ...call, route: z.literal("POST /openai/v1/files") };
const jobCreation = { ...call, route: z.literal("POST /openai/v1/fine_tuning/jobs") };
const deploying = { ...call, route: z.string().regex(/^PUT \/deployments\/:\w+$/, "must be 'PUT /deployments/:name'") };

const message = (text: string): z.ZodDefault<z.ZodString> => z.string().default(text);

const faultPlan = z.array(
  z.discriminatedUnion("kind", [
    z.strictObject({ ...call, kind: z.literal("rate_limit"), retryAfter: z.number().min(0).default(1) }),
    z.strictObject({
      ...call,
      kind: z.enum(["internal_error", "unavailable", "expired_token", "reset_before", "reset_after", "truncated_json"]),
    }),
    z.strictObject({ ...call, kind: z.literal("slow_body"), delay: z.int().min(0).default(1000) }),
    z.strictObject({ ...upload, kind: z.literal("file_error"), message: message("The file could not be imported.") }),
    z.strictObject({
      ...jobCreation,
      kind: z.literal("job_fails"),
      afterSteps: z.int().min(0).default(1),
      message: message("The training of this job ended with an internal error."),
    }),
    z.strictObject({ ...jobCreation, kind: z.literal("job_pauses"), afterSteps: z.int().min(1).default(1) }),
    z.strictObject({ ...deploying, kind: z.literal("insufficient_quota") }),
    z.strictObject({ ...deploying, kind: z.literal("deployment_fails") }),
    z.strictObject({ ...deploying, kind: z.literal("deployment_not_ready"), calls: z.int().min(1).default(1) }),
  ]),
);

/** A plan as it is written; what has a default is optional. */
export type FaultPlan = z.input<typeof faultPlan>;

/** One entry of a plan, with its defaults. */
export type Fault = z.output<typeof faultPlan>[number];

/** The fault of one kind. */
export type FaultOf<K extends Fault["kind"]> = Extract<Fault, { kind: K }>;

/**
 * The plan with its defaults. Throws a `ConfigurationError` that names the entry and the field that is wrong.
 */
export function parseFaultPlan(plan: unknown): Fault[] {
  const result = faultPlan.safeParse(plan);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `at ${path.join(".") || "the top"}: ${message}`);
  throw new ConfigurationError(`This is no fault plan; ${faults.join("; ")}.`);
}

/** Reads a plan from a JSON file. Throws a `DataError` that names the file. */
export async function readFaultPlan(file: string): Promise<FaultPlan> {
  try {
    return parseFaultPlan(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    throw new DataError(`The fault plan ${file} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}
