/**
 * Errors that a person can act on.
 * @module
 */
import { inspect } from "node:util";

/** An error whose message says everything: a notebook prints it without the stack, which would only hide it. */
abstract class ErrorForPeople extends Error {
  [inspect.custom](): string {
    return `${this.name}: ${this.message}`;
  }
}

/**
 * Something the reader can put right: the message says what is wrong, where, and what to do next.
 * Commands print the message alone and exit with code 2.
 */
export class UserError extends ErrorForPeople {
  override name = "UserError";
}

/**
 * Ends a notebook run before its last cell without being a fault, e.g. before the first step that costs money.
 * Running the notebook headless treats it as success and prints the message.
 */
export class RunEndsHere extends ErrorForPeople {
  override name = "RunEndsHere";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
