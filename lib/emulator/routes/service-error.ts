/**
 * Refusals, in the envelopes that clients of the service parse.
 * @module
 */
import type { ArmErrorEnvelope, ErrorEnvelope } from "../../service/envelope.js";

/** A refusal with its HTTP status. `param` names the part of the request that is wrong, where there is one. */
export class ServiceError extends Error {
  override name = "ServiceError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message);
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
 * Any error as a refusal: what the web framework refuses keeps its status (a body too large, JSON that does not parse);
 * everything unexpected becomes a 500 with its message.
 */
export function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode < 500)
    return new ServiceError(statusCode, "invalid_request", `${message}`);
  return new ServiceError(500, "internalFailure", `The emulator failed: ${message ?? error}`);
}
