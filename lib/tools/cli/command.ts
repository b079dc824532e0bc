/**
 * What every command shares: options that are declared once, the usage printed from them, how errors end it,
 * and how it is stopped.
 * @module
 */
import { relative, sep } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../../util/assets.js";
import { ConfigurationError, messageOf, NetworkError, UserError } from "../../util/errors.js";
import { wrapText } from "../../util/format.js";

/** An option: how the usage shows it, and how its text becomes a value. */
interface Option<T> {
  /** What stands for the value in the usage, e.g. `FILE`; empty for a flag, which takes none. */
  value: string;
  description: string;
  /** The value without the option. */
  default: T;
  /** What must be given, e.g. `a number`. */
  expects: string;
  /** The value of a text, or undefined if it is not what the option expects. */
  read(text: string): T | undefined;
}

type Options = Record<string, Option<unknown>>;
type Values<O> = { [Name in keyof O]: O[Name] extends Option<infer T> ? T : never };

/** What `defineCommand` needs to know. */
interface Command<O extends Options> {
  /**
   * How the usage begins, e.g. `npm run validate-data -- [FILE ...]`. Without such a part, only options may
   * be given.
   */
  call: string;
  /** What the command does, for the usage. */
  purpose: string;
  options?: O;
  /** What else the usage says, below the options. */
  notes?: string;
  /** Passes all arguments on to another program, which reads them itself. */
  passesOn?: boolean;
  /**
   * Receives the value of every option, and the other arguments. Load heavy modules here, so that `--help` is
   * quick.
   */
  run(values: Values<O>, rest: string[]): Promise<void>;
}

/**
 * Runs a command with the arguments of this process; `--help` and `-h` print its usage instead. Exit codes: 0
 * done, 2 for what the person can put right (the message of a `UserError`, and the usage after a wrong
 * option), 1 for everything else (only the message of a `NetworkError`, the stack of other errors).
 */
export function defineCommand<O extends Options>(command: Command<O>): void {
  const words = process.argv.slice(2);
  if (words.includes("--help") || words.includes("-h")) {
    console.log(usageOf(command));
    return;
  }
  const main = async (): Promise<void> => command.run(...readArguments(command, words));
  main().catch((error: unknown) => {
    const known = isReadOnly(error) ? readOnlyFolder(error) : error;
    const isForPeople = known instanceof UserError || known instanceof NetworkError;
    console.error(isForPeople ? known.message : known instanceof Error ? known.stack : known);
    process.exit(known instanceof UserError ? 2 : 1);
  });
}

function isReadOnly(error: unknown): error is NodeJS.ErrnoException {
  return ["EACCES", "EROFS"].includes(`${(error as NodeJS.ErrnoException | null)?.code}`);
}

function readOnlyFolder({ message }: Error): UserError {
  return new ConfigurationError(`This folder may not be used (${message}). Work in a copy that belongs to you.`);
}

function readArguments<O extends Options>(command: Command<O>, words: string[]): [Values<O>, string[]] {
  if (command.passesOn) return [{} as Values<O>, words];
  const declared = Object.entries(command.options ?? {});
  const types = declared.map(([name, { value }]) => [name, { type: value === "" ? "boolean" : "string" }] as const);
  const allowPositionals = command.call.includes(" -- ");
  try {
    const { values, positionals } = parseArgs({ args: words, allowPositionals, options: Object.fromEntries(types) });
    const read = declared.map(([name, option]) => [name, optionValue(name, option, values[name])]);
    return [Object.fromEntries(read), positionals];
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new ConfigurationError(`${messageOf(error)}\n\n${usageOf(command)}`, { cause: error });
  }
}

function optionValue(name: string, option: Option<unknown>, given: string | boolean | undefined): unknown {
  if (typeof given !== "string") return given ?? option.default;
  const value = option.read(given);
  if (value !== undefined) return value;
  throw new ConfigurationError(`--${name} is "${given}"; give ${option.expects}.`);
}

function usageOf({ call, purpose, options = {}, notes }: Command<Options>): string {
  const declared = Object.entries({ ...options, help: flag("this text") });
  const names = declared.map(([name, { value }]) => `--${name} ${value}`.trimEnd());
  const width = Math.max(0, ...names.map((name) => name.length)) + 4;
  const list = declared.map(([, option], i) => {
    const lines = wrapText(`${option.description}${defaultText(option)}`, 110 - width);
    return `  ${names[i]}`.padEnd(width) + lines.join(`\n${" ".repeat(width)}`);
  });
  const separator = call.includes(" -- ") ? " " : " -- ";
  const usage = `Usage: ${call}${declared.length > 1 ? `${separator}[options]` : ""}`;
  const parts = [usage, purpose.trim(), list.join("\n"), ...(notes === undefined ? [] : [notes.trim()])];
  return parts.join("\n\n");
}

function defaultText({ default: value }: Option<unknown>): string {
  if (value === undefined || value === false) return "";
  const text = String(value);
  return ` (default ${text.startsWith(projectRoot + sep) ? relative(projectRoot, text) : text})`;
}

/** An option with any text as its value; without a default, the value may be undefined. */
export function text<D extends string | undefined = undefined>(
  value: string,
  description: string,
  fallback?: D,
): Option<string | D> {
  return { value, description, default: fallback as D, expects: "a text", read: (given) => given };
}

/** An option that takes one of `choices`. */
export function choice<const T extends string>(choices: readonly T[], description: string, fallback: T): Option<T> {
  const read = (given: string): T | undefined => choices.find((one) => one === given);
  return { value: choices.join("|"), description, default: fallback, expects: choices.join(" or "), read };
}

/** An option that takes a number. */
export function number<D extends number | undefined = undefined>(
  description: string,
  fallback?: D,
): Option<number | D> {
  return { value: "N", description, default: fallback as D, expects: "a number", read: finiteNumber };
}

/** An option that takes a whole number from `min` to `max`. */
export function whole(description: string, fallback: number, min = 1, max = Number.POSITIVE_INFINITY): Option<number> {
  const read = (given: string): number | undefined => {
    const value = finiteNumber(given);
    return value !== undefined && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  };
  const expects = `a whole number ${max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`}`;
  return { value: "N", description, default: fallback, expects, read };
}

/** An option that takes a whole number of at least 1, or `all`. */
export function countOrAll(description: string, fallback: number): Option<number | "all"> {
  const { read, expects } = whole(description, fallback);
  return {
    value: "N|all",
    description,
    default: fallback,
    expects: `${expects}, or all`,
    read: (given) => (given === "all" ? given : read(given)),
  };
}

/** An option without a value: true if it is given. */
export function flag(description: string): Option<boolean> {
  return { value: "", description, default: false, expects: "", read: () => true };
}

function finiteNumber(given: string): number | undefined {
  const value = Number(given.trim() || Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Aborted by Ctrl-C and by a polite kill, with a `UserError` that says `message`. A second Ctrl-C ends the
 * process at once.
 */
export function stopSignal(message: string): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => controller.abort(new UserError(message)));
  }
  return controller.signal;
}
