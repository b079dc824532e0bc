/**
 * How a command is stopped in good order.
 * @module
 */
import { UserError } from "../../util/errors.js";

/** Aborted by Ctrl-C and by a polite kill, with a `UserError` that says `message`. A second Ctrl-C ends the process at once. */
export function stopSignal(message: string): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort(new UserError(message)));
  }
  return controller.signal;
}
