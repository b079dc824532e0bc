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
