/**
 * Checks what came over the wire against a schema.
 * @module
 */
import type { z } from "zod";
import { invalidParameter } from "./service-error.js";

/**
 * The value in the schema's type. Throws an invalid-parameter error about the first fault, whose message and `param` name the
 * parameter by its full path, e.g. `method.reinforcement.hyperparameters.batch_size`.
 */
export function parseRequest<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues as [z.core.$ZodIssue];
  const unknownKey = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = [...issue.path, ...(unknownKey === undefined ? [] : [unknownKey])].join(".");
  if (unknownKey !== undefined) throw invalidParameter(path, `Unknown parameter: '${path}'.`, "unknown_parameter");
  throw invalidParameter(path, `Invalid '${path || "body"}': ${issue.message}`);
}
