/**
 * What goes wrong between here and the hub: which of it passes by itself, and what a person can do about the rest.
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { HubApiError, InvalidApiResponseFormatError } from "@huggingface/hub";
import { messageOf, UserError } from "../../util/errors.js";
import { datasetName, type Hub } from "./hub.js";

/** Seconds to wait before each further attempt. */
const retryDelays: readonly number[] = [1, 2, 4, 8, 15];

export interface RetryOptions {
  /** Seconds before each further attempt; after the last of them the fault is final. */
  delays?: readonly number[];
  /** Grows with what is done: attempts are counted anew when it has grown. */
  headway?: () => number;
  /** Whether it is worth waiting for a host that cannot be reached at all. */
  waitForHost?: boolean;
  /** Told before each wait, which is in seconds. */
  onRetry?: (reason: string, delay: number) => void;
}

/** What `attempt` returns, after faults that pass by themselves were waited for. Throws a `UserError` for all others. */
export async function withRetries<T>(
  hub: Hub,
  attempt: () => Promise<T>,
  { delays = retryDelays, headway = () => 0, waitForHost = false, onRetry }: RetryOptions,
): Promise<T> {
  let failures = 0;
  let reached = headway();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      hub.signal?.throwIfAborted();
      if (headway() > reached) failures = 0;
      reached = headway();
      const delay = isTransient(error, waitForHost) ? delays[failures] : undefined;
      if (delay === undefined) throw explained(error, hub);
      failures += 1;
      onRetry?.(reasonOf(error), delay);
      await setTimeout(1000 * delay, undefined, { signal: hub.signal }).catch(() => hub.signal?.throwIfAborted());
    }
  }
}

function isTransient(error: unknown, waitForHost: boolean): boolean {
  if (error instanceof HubApiError) return [408, 429].includes(error.statusCode) || error.statusCode >= 500;
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
    return new UserError(
      `${endpoint} does not answer as the hub does (${error.message}). Name another endpoint with --endpoint.`,
    );
  if (!(error instanceof HubApiError))
    return new UserError(
      `${endpoint} cannot be reached (${reasonOf(error)}). Check the network, or name a mirror with --endpoint; a next run continues where this one ends.`,
    );
  const status = error.statusCode;
  if (status === 401 || status === 403) {
    const remedy = accessToken
      ? "The token in HF_TOKEN may have expired: renew it, or unset it, because the dataset is public."
      : "The dataset is public on https://huggingface.co; where a mirror wants a token, set HF_TOKEN.";
    return new UserError(`${endpoint} refuses access to ${datasetName} (status ${status}). ${remedy}`);
  }
  if (status === 404)
    return new UserError(
      `${endpoint} does not have ${datasetName} or one of its files (status 404). Check the address given with --endpoint.`,
    );
  return new UserError(
    `${endpoint} answers with status ${status}. Run the command again later, which continues where this run ends, or name another endpoint with --endpoint.`,
  );
}

/** The code of a network fault where there is one, such as ECONNRESET, or else its message. */
function reasonOf(error: unknown): string {
  if (error instanceof HubApiError) return `status ${error.statusCode}`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code ?? messageOf(cause ?? error);
}
