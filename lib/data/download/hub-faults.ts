/**
 * What goes wrong between here and the hub: which of it passes by itself, and what a person can do about the rest.
 * @module
 */
import { HubApiError, InvalidApiResponseFormatError } from "@huggingface/hub";
import { ConfigurationError, messageOf, NetworkError, RefusalError, UserError } from "../../util/errors.js";
import { backoff, isRetryableStatus, retry } from "../../util/retry.js";
import { datasetName, type Hub } from "./hub.js";

/** Further attempts after one that brought nothing, after 1, 2, 4, 8 and 15 seconds. */
const maxRetries = 5;

export interface HubRetryOptions {
  /** Grows with what is done: attempts are counted from the first again once it has grown. */
  progress?: () => number;
  /** Whether it is worth waiting for a host that cannot be reached at all. */
  waitForHost?: boolean;
  /** Called before each wait, which is in seconds. */
  onRetry?: (reason: string, delay: number) => void;
}

/** What `attempt` returns, after faults that pass by themselves were waited out. Throws an error for people for all others. */
export async function withHubRetry<T>(
  hub: Hub,
  attempt: () => Promise<T>,
  { progress, waitForHost = false, onRetry }: HubRetryOptions,
): Promise<T> {
  const { signal } = hub;
  try {
    return await retry(attempt, {
      signal,
      progress,
      onRetry: (error, delay) => onRetry?.(reasonOf(error), delay / 1000),
      delayAfter: (error, failures) =>
        failures <= maxRetries && isTransient(error, waitForHost) ? backoff(failures, 1000, 15_000) : undefined,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error, hub);
  }
}

function isTransient(error: unknown, waitForHost: boolean): boolean {
  if (error instanceof HubApiError) return isRetryableStatus(error.statusCode);
  if (isLocal(error) || isForeign(error) || error instanceof UserError) return false;
  return waitForHost || !/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH)$/.test(reasonOf(error));
}

/** Faults of this machine's files carry the system call that failed; those of `fetch` carry it in their cause alone. */
function isLocal(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Whether something answered, but not as a hub does: a login page, for example. */
function isForeign(error: unknown): error is Error {
  return error instanceof InvalidApiResponseFormatError || error instanceof SyntaxError;
}

function explained(error: unknown, { endpoint, accessToken }: Hub): unknown {
  if (error instanceof UserError || isLocal(error)) return error;
  if (isForeign(error))
    return new ConfigurationError(
      `${endpoint} does not answer as the hub does (${error.message}). Name another endpoint with --endpoint.`,
      { cause: error },
    );
  if (!(error instanceof HubApiError))
    return new NetworkError(
      `${endpoint} cannot be reached (${reasonOf(error)}). Check the network, or name a mirror with --endpoint; a next run continues where this one ends.`,
      { cause: error },
    );
  const status = error.statusCode;
  if (status === 401 || status === 403) {
    const remedy = accessToken
      ? "The token in HF_TOKEN may have expired: renew it, or unset it, because the dataset is public."
      : "The dataset is public on https://huggingface.co; where a mirror wants a token, set HF_TOKEN.";
    return new RefusalError(`${endpoint} refuses access to ${datasetName} (status ${status}). ${remedy}`, {
      cause: error,
    });
  }
  if (status === 404)
    return new ConfigurationError(
      `${endpoint} does not have ${datasetName} or one of its files (status 404). Check the address given with --endpoint.`,
      { cause: error },
    );
  const Kind = isRetryableStatus(status) ? NetworkError : RefusalError;
  return new Kind(
    `${endpoint} answers with status ${status}. Run the command again later, which continues where this run ends, or name another endpoint with --endpoint.`,
    { cause: error },
  );
}

/** The code of a network fault where there is one, such as ECONNRESET, or else its message. */
function reasonOf(error: unknown): string {
  if (error instanceof HubApiError) return `status ${error.statusCode}`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code ?? messageOf(cause ?? error);
}
