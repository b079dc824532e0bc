/**
 * Errors for the person at the notebook or the terminal: the message says what is wrong, where, and what to
 * do next. A new kind of error belongs here when a caller reacts to it differently.
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
 * Something the reader can put right. Commands print the message alone and exit with code 2.
 * Throw one of its three kinds; catch this one where any of them will do.
 *
 * @example
 * throw new DataError(`${file}, line ${line}: the text is not UTF-8. Save the file as UTF-8.`, { cause: error });
 */
export class UserError extends ErrorForPeople {
  override name = "UserError";
}

/** A setting, an option or an argument that is missing or wrong. */
export class ConfigurationError extends UserError {
  override name = "ConfigurationError";
}

/**
 * A file or a row that cannot be used: the message names the file and, where there is one, the 1-based line
 * or row.
 */
export class DataError extends UserError {
  override name = "DataError";
}

/** A refusal of the service that asking again would not change. */
export class RefusalError extends UserError {
  override name = "RefusalError";
}

/** No answer from the service for as long as it was worth waiting. The request is right: run it again later. */
export class NetworkError extends ErrorForPeople {
  override name = "NetworkError";
}

/**
 * Ends a notebook run before its last cell without being a fault, e.g. before the first step that costs
 * money. Running the notebook headless treats it as success and prints the message.
 */
export class RunEndsHere extends ErrorForPeople {
  override name = "RunEndsHere";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
