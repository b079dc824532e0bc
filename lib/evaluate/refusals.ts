/**
 * Which failed calls are worth repeating, and when. A question changes nothing at the service, so it is always safe to ask again;
 * but what the service refuses for good it would refuse again.
 * @module
 */
import { pollDelay } from "../connect/poll-delay.js";
import type { HeaderReader } from "./rate-limit.js";

/** Calls for one answer, the first included. */
export const maxAttempts = 10;

/** A service that asks to wait longer has no answer to give today: Azure names a whole day where a quota is used up. */
const longestPause = 10 * 60_000;

/** What to do after a failed call. */
export interface Remedy {
  /** Whether to ask again. */
  again: boolean;
  /** Whether the service refused because of a limit. */
  refused: boolean;
  /** Milliseconds that all requests are to wait, as the service asks; 0 where it does not. */
  pause: number;
  /** Milliseconds that this request is to wait besides, longer with each attempt. */
  delay: number;
  header: HeaderReader;
}

/** What to do after `attempt` calls, of which the last one failed with `error`. */
export function remedyFor(error: unknown, attempt: number): Remedy {
  const { status, headers } = serviceError(error);
  const header: HeaderReader = (name) => headers?.get(name);
  const refused = status === 429;
  const asked = pollDelay(header, 0);
  const growing = Math.min(8000, 250 * 2 ** attempt) * (0.75 + 0.25 * Math.random());
  const pause = asked > 0 ? asked : refused ? growing : 0;
  const again = isRetryable(error) && attempt < maxAttempts && pause <= longestPause;
  return { again, refused, pause: again ? pause : 0, delay: pause > 0 ? 0 : growing, header };
}

/** Timeouts, conflicts, limits and faults of the server (408, 409, 429, 5xx), and connections that broke before the reply was whole. */
function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!("status" in error)) return error instanceof SyntaxError || error.message === "terminated";
  const { status } = serviceError(error);
  return status === undefined || [408, 409, 429].includes(status) || status >= 500;
}

/** The SDK's errors by their shape, because a process may hold two copies of their classes; without a status, no reply came. */
function serviceError(error: unknown): { status?: number; headers?: Headers } {
  return error instanceof Error && "status" in error ? (error as { status?: number; headers?: Headers }) : {};
}
