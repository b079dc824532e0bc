/**
 * What every command shares: help, and how errors end it.
 * @module
 */
import { messageOf, NetworkError, UserError } from "../../util/errors.js";

/**
 * Runs a command's `main`. With `--help` or `-h` it prints `usage` instead. Exit codes: 0 done, 2 for what the person can
 * put right (a `UserError` or a wrong option: the message alone), 1 for everything else (with the stack, but for a `NetworkError`).
 */
export function runCommand(usage: string, main: () => Promise<void>): void {
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    console.log(usage.trim());
    return;
  }
  main().catch((error: unknown) => {
    if (error instanceof UserError) {
      console.error(error.message);
      process.exit(2);
    }
    if (isWrongOption(error)) {
      console.error(`${messageOf(error)}\n\n${usage.trim()}`);
      process.exit(2);
    }
    console.error(error instanceof NetworkError ? error.message : error instanceof Error ? error.stack : error);
    process.exit(1);
  });
}

/** `parseArgs` marks its errors with codes such as ERR_PARSE_ARGS_UNKNOWN_OPTION. */
function isWrongOption(error: unknown): boolean {
  return error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
}
