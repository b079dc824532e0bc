/**
 * What every part of the emulator speaks: identifiers and times in the service's form, checked requests,
 * pages of a list, and refusals in the envelopes that clients of the service parse.
 * @module
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { ArmErrorEnvelope, ErrorEnvelope, ListPage } from "../service/wire.js";
import { DataError } from "../util/errors.js";
import { isDiskFull } from "../util/files.js";

/**
 * A new identifier: the prefix, a hyphen and 32 hexadecimal digits, e.g. `file-0f3a…`; the parts of a
 * response have an underscore.
 */
export function newId(prefix: "file" | "ftjob" | "ftevent" | "ftchkpt" | "chatcmpl" | "resp" | "rs" | "msg"): string {
  return `${prefix}${/^(resp|rs|msg)$/.test(prefix) ? "_" : "-"}${newHex()}`;
}

/** 32 random hexadecimal digits. */
export function newHex(): string {
  return randomBytes(16).toString("hex");
}

/** Unix time in whole seconds, the form of every timestamp on the wire. */
export function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/**
 * The value in the schema's type. Throws an invalid-parameter error about the first fault, whose message and
 * `param` name the parameter by its full path, e.g. `method.reinforcement.hyperparameters.batch_size`.
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

/** Levels of objects and lists in a request; those of the service's own requests are about ten. */
const maxDepth = 100;

/**
 * Throws an invalid-parameter error if `value` is nested more deeply than what handles it, and its client,
 * can follow.
 */
export function refuseDeepNesting(value: unknown): void {
  if (isDeeper(value, maxDepth))
    throw invalidParameter("body", `The body is nested more deeply than ${maxDepth} levels. Make it flatter.`);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

/**
 * The query of every list: `after` is the id of the last element seen, `limit` the length of a page, 20 by
 * default.
 */
export const pageQuery = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(20),
});

/** The page of `elements` that follows `after`. Throws an invalid-parameter error if no element has that id. */
export function pageOf<T extends { id: string }>(
  elements: readonly T[],
  { after, limit }: z.infer<typeof pageQuery>,
): ListPage<T> {
  const previous = elements.findIndex(({ id }) => id === after);
  if (after !== undefined && previous < 0)
    throw invalidParameter("after", `No element of this list has the id '${after}'.`);
  const data = elements.slice(previous + 1, previous + 1 + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: previous + 1 + limit < elements.length,
  };
}

const maxMessageLength = 2000;

/**
 * A refusal with its HTTP status. `param` names the part of the request that is wrong; null if no single one
 * is.
 */
export class ServiceError extends Error {
  override name = "ServiceError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly param: string | null = null,
  ) {
    // It may repeat what the request holds.
    super(message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message);
  }
}

/** The 400 for one wrong parameter. */
export function invalidParameter(param: string, message: string, code = "invalid_value"): ServiceError {
  return new ServiceError(400, code, message, param);
}

/** The 404 for something that is named by an id. */
export function notFound(kind: string, id: string): ServiceError {
  return new ServiceError(404, "notFound", `There is no ${kind} with the id '${id}'.`);
}

/** The refusal as the v1 data plane words it. */
export function errorEnvelope({ status, code, message, param }: ServiceError): ErrorEnvelope {
  return { error: { message, type: status < 500 ? "invalid_request_error" : "server_error", param, code } };
}

/** The refusal as the control plane words it. */
export function armErrorEnvelope({ code, message }: ServiceError): ArmErrorEnvelope {
  return { error: { code, message } };
}

/**
 * Any error as a refusal: what the web framework refuses keeps its status (a body too large, JSON that does
 * not parse). A damaged file of the state folder is a 424, which no client sends again, a full disk a 507, and
 * everything unexpected a 500 with its message.
 */
export function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500)
    return new ServiceError(statusCode, "invalid_request", `${message}`);
  if (error instanceof DataError) return new ServiceError(424, "stateDamaged", error.message);
  if (isDiskFull(error))
    return new ServiceError(507, "insufficientStorage", "The disk is full: free some space, and send this again.");
  return new ServiceError(500, "internalFailure", `The emulator failed: ${message ?? error}`);
}
