/**
 * The rules for the files of a reinforcement job: the service applies them, and so does preparation beforehand.
 * Source: Microsoft's reinforcement fine-tuning how-to (roles, last message, same keys in every row, 512 MB)
 * and the general minimum of ten examples.
 * @module
 */

/** A role in a message of a training line. */
export type Role = "developer" | "system" | "user" | "assistant";

export interface Message {
  role: Role;
  content: string;
}

/** One line of a training or validation file: the prompt, and the keys that the grader reads as `item`. */
export interface TrainingLine {
  messages: Message[];
  [key: string]: unknown;
}

/** Limits of a file. Sizes are bytes. */
export const trainingFileLimits = { maximumBytes: 512_000_000, minimumLines: 10 } as const;

/** What is wrong at one place of a file. `line` counts from 1; 0 speaks of the whole file. */
export interface LineFault {
  line: number;
  key: string;
  message: string;
}

const roles: readonly string[] = ["developer", "system", "user", "assistant"];

/** Checks lines one after the other, so that a file of any size can stream through. */
export interface TrainingFileCheck {
  /** Returns the faults of the next line, without its line break. */
  line(text: string): LineFault[];
  /** Returns the faults of the file as a whole, once every line was given. */
  end(): LineFault[];
}

/** Starts the check of one file. The keys and types of the first line that is an object bind all others. */
export function checkTrainingFile(): TrainingFileCheck {
  let count = 0;
  let bytes = 0;
  let shape: Shape | undefined;

  function line(text: string): LineFault[] {
    count += 1;
    bytes += Buffer.byteLength(text) + 1;
    const fault = (key: string, message: string): LineFault => ({ line: count, key, message });
    const row = parseObject(count === 1 ? text.replace(/^\uFEFF/, "") : text);
    if (!row) return [fault("", "is not a JSON object; each line must be one complete object")];
    const faults = checkMessages(row.messages).map((message) => fault("messages", message));
    const { messages: _, ...item } = row;
    if (Object.keys(item).length === 0)
      faults.push(fault("", 'has no key beside "messages"; the grader needs the reference answer as a key'));
    shape ??= { line: count, item };
    for (const [key, message] of compareShapes(item, shape)) faults.push(fault(key, message));
    return faults;
  }

  function end(): LineFault[] {
    const fault = (message: string): LineFault => ({ line: 0, key: "", message });
    const { minimumLines, maximumBytes } = trainingFileLimits;
    const faults: LineFault[] = [];
    if (count < minimumLines) faults.push(fault(`has ${count} lines; at least ${minimumLines} are needed`));
    if (bytes > maximumBytes)
      faults.push(
        fault(`is ${bytes} bytes long; the service takes at most ${maximumBytes}, so leave out some of the lines`),
      );
    return faults;
  }

  return { line, end };
}

/** The keys beside the messages that every line must have, and the line that showed them. */
interface Shape {
  line: number;
  item: Record<string, unknown>;
}

function compareShapes(item: Record<string, unknown>, { line, item: first }: Shape): [key: string, message: string][] {
  const differences: [string, string][] = [];
  for (const key of Object.keys({ ...first, ...item })) {
    if (!(key in item))
      differences.push([key, `is missing here but stands in line ${line}; give every line the same keys`]);
    else if (!(key in first))
      differences.push([key, `stands here but is missing in line ${line}; give every line the same keys`]);
    else if (typeOf(item[key]) !== typeOf(first[key]))
      differences.push([
        key,
        `is of type ${typeOf(item[key])} here, but ${typeOf(first[key])} in line ${line}; give it one type`,
      ]);
  }
  return differences;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeOf(value) === "object" ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function checkMessages(messages: unknown): string[] {
  if (!Array.isArray(messages) || messages.length === 0) return ["must be a list with at least one message"];
  const faults: string[] = [];
  for (const message of messages as Partial<Message>[]) {
    if (!roles.includes(message?.role ?? ""))
      faults.push(`has the role ${JSON.stringify(message?.role)}; use developer, user or assistant`);
    if (typeof message?.content !== "string" || message.content === "")
      faults.push("has a message without text in content");
  }
  const last = (messages.at(-1) as Partial<Message>)?.role;
  if (last !== "user")
    faults.push(`must end with the user's message, not with ${JSON.stringify(last)}; leave the model's answer out`);
  return faults;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
