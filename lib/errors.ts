/**
 * Errors that a person can act on.
 * @module
 */

/**
 * Something the reader can put right: the message says what is wrong, where, and what to do next.
 * Commands print the message alone (no stack) and exit with code 2.
 */
export class UserError extends Error {
  override name = "UserError";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Ends a notebook run before its last cell without being a fault, e.g. before the first step that costs money.
 * Running the notebook headless treats it as success and prints the message.
 */
export class RunEndsHere extends Error {
  override name = "RunEndsHere";

  constructor(message: string) {
    super(message);
    this.stack = message;
  }
}
