/**
 * Creating something that must not exist twice, over a connection that may lose the answer.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { delayAfter, isRetryable, wasNotProcessed } from "../connect/retry.js";
import { messageOf, UserError } from "../util/errors.js";

/** Something to be made once. */
export interface Creation<T> {
  /** What it is, as the error says it: "the new job". */
  what: string;
  /** Looks for it at the service. */
  find: () => Promise<T | undefined>;
  /** Asks for it, sending one request. */
  create: () => Promise<T>;
  /** How long something that was made may take to be found; only after that is it asked for again. */
  settleMilliseconds: number;
}

const maxRequests = 5;

/**
 * What `create` made. Where its answer is lost, it looks whether the request took effect, for as long as `settleMilliseconds`,
 * before it asks again. Throws a `UserError` after five requests without an answer, and what `create` throws where the service
 * refuses.
 */
export async function createOnce<T>({ what, find, create, settleMilliseconds }: Creation<T>): Promise<T> {
  for (let request = 1; ; request += 1) {
    try {
      return await create();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (wasNotProcessed(error)) await sleep(delayAfter(error, request));
      else {
        const made = await lookFor(find, settleMilliseconds);
        if (made !== undefined) return made;
      }
      if (request === maxRequests)
        throw new UserError(
          `The service has lost ${what} ${maxRequests} times: ${messageOf(error)}\nRun this cell again later: it looks for ${what} before it asks for it.`,
        );
    }
  }
}

async function lookFor<T>(find: () => Promise<T | undefined>, milliseconds: number): Promise<T | undefined> {
  const deadline = Date.now() + milliseconds;
  for (let delay = 50; ; delay *= 2) {
    const found = await find();
    const left = deadline - Date.now();
    if (found !== undefined || left <= 0) return found;
    await sleep(Math.min(delay, left));
  }
}
