/**
 * The files of a reinforcement job: the instructions before every problem, and the rules that the service
 * applies, and so does whoever checks a file beforehand. Source: Microsoft's reinforcement fine-tuning how-to
 * (roles, last message, the grader's keys in every row, 512 MB) and the general minimum of ten examples.
 * @module
 */

import { isUtf8 } from "node:buffer";
import { DataError, messageOf } from "../util/errors.js";
import { readLines } from "../util/jsonl.js";

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

/**
 * Limits of a file. Sizes are bytes. That of a line is this project's own: o4-mini takes prompts of 200,000
 * tokens, which is about a quarter of it.
 */
export const trainingFileLimits = {
  maxBytes: 512_000_000,
  maxLineBytes: 4_000_000,
  minLines: 10,
} as const;

/**
 * What is wrong at one place of a file. `line` counts from 1; 0 speaks of the whole file. `key` is empty
 * where no key is at fault.
 */
export interface LineFault {
  line: number;
  key: string;
  message: string;
  /** What to do about it, as the end of a sentence: the same text for all faults of one kind. */
  remedy: string;
}

/** Checks lines one after the other, so that a file of any size can stream through. */
export interface TrainingFileCheck {
  /** Returns the faults of the next line, given as text or as the file's bytes without the line break. */
  line(content: string | Uint8Array): LineFault[];
  /** Returns the faults of the file as a whole, once every line was given. */
  end(): LineFault[];
}

/** A fault before it is known in which line it stands: key, message, remedy. */
type Finding = [key: string, message: string, remedy: string];

type Fields = Record<string, unknown>;

/** The keys beside the messages that every line must have, and the line that showed them. */
interface Shape {
  line: number;
  item: Fields;
}

const roles: readonly string[] = ["developer", "system", "user", "assistant"];

/** Keeps a byte order mark, which may stand at the beginning of the first line alone. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const remedies = {
  lines: "give every example a line of its own",
  text: "save the file as UTF-8",
  object: "make each line one complete JSON object",
  messages: "give every line a list of messages, each with a role and a content",
  role: "use developer, user or assistant",
  content: "give every message its text",
  last: "leave the model's answer out",
  item: "give every line the reference answer as a key, for the grader to read",
  graderKey: "give every line this key, or change the grader",
  keys: "give every line the same keys",
  type: "give the key one type in all lines",
  tooFew: "add examples",
  tooLong: "leave out some of the lines",
} as const;

/**
 * Starts the check of one file. The keys and types of the first line that is an object bind all others; where
 * the grader is known, every line needs the `graderKeys` as well.
 */
export function checkTrainingFile(graderKeys: readonly string[] = []): TrainingFileCheck {
  let count = 0;
  let bytes = 0;
  let shape: Shape | undefined;

  function line(content: string | Uint8Array): LineFault[] {
    count += 1;
    bytes += Buffer.byteLength(content) + 1;
    return findingsOf(content).map(([key, message, remedy]) => ({ line: count, key, message, remedy }));
  }

  function findingsOf(content: string | Uint8Array): Finding[] {
    const { maxLineBytes } = trainingFileLimits;
    if (content.length > maxLineBytes) return [["", `is longer than ${maxLineBytes} bytes`, remedies.lines]];
    const text = decode(content);
    if (text === undefined) return [["", "is not UTF-8", remedies.text]];
    const row = parseObject(count === 1 ? text.replace(/^\uFEFF/, "") : text);
    if (!row) return [["", "is not a JSON object", remedies.object]];
    const { messages, ...item } = row;
    shape ??= { line: count, item };
    return [...checkMessages(messages), ...checkItem(item, shape, graderKeys)];
  }

  function end(): LineFault[] {
    const { minLines, maxBytes } = trainingFileLimits;
    const fault = (message: string, remedy: string): LineFault => ({ line: 0, key: "", message, remedy });
    const faults: LineFault[] = [];
    if (count < minLines) {
      faults.push(fault(`has ${count} lines; at least ${minLines} are needed`, remedies.tooFew));
    }
    if (bytes > maxBytes) {
      faults.push(fault(`is ${bytes} bytes long; the service takes at most ${maxBytes}`, remedies.tooLong));
    }
    return faults;
  }

  return { line, end };
}

function checkMessages(messages: unknown): Finding[] {
  if (!Array.isArray(messages) || messages.length === 0)
    return [["messages", "must be a list with at least one message", remedies.messages]];
  const findings: Finding[] = [];
  for (const message of messages as Partial<Message | null>[]) {
    if (!roles.includes(message?.role ?? "")) {
      findings.push(["messages", `has the role ${JSON.stringify(message?.role)}`, remedies.role]);
    }
    if (typeof message?.content !== "string" || message.content === "") {
      findings.push(["messages", "has a message without text in content", remedies.content]);
    }
  }
  const last = (messages.at(-1) as Partial<Message | null>)?.role;
  if (last !== "user") {
    const message = `must end with the user's message, not with ${JSON.stringify(last)}`;
    findings.push(["messages", message, remedies.last]);
  }
  return findings;
}

function checkItem(item: Fields, { line, item: first }: Shape, graderKeys: readonly string[]): Finding[] {
  const keys = Object.keys({ ...first, ...item });
  if (keys.length === 0 && graderKeys.length === 0) return [["", 'has no key beside "messages"', remedies.item]];
  const findings: Finding[] = graderKeys
    .filter((key) => !Object.hasOwn(item, key))
    .map((key) => [key, "is missing, but the grader reads it", remedies.graderKey]);
  for (const key of keys) {
    const isHere = Object.hasOwn(item, key);
    if (isHere && Object.hasOwn(first, key)) {
      const [type, expected] = [typeOf(item[key]), typeOf(first[key])];
      if (type === expected) continue;
      findings.push([key, `is of type ${type} here, but ${expected} in line ${line}`, remedies.type]);
    } else if (!graderKeys.includes(key)) {
      const message = isHere
        ? `stands here but is missing in line ${line}`
        : `is missing here but stands in line ${line}`;
      findings.push([key, message, remedies.keys]);
    }
  }
  return findings;
}

function decode(content: string | Uint8Array): string | undefined {
  if (typeof content === "string") return content;
  return isUtf8(content) ? decoder.decode(content) : undefined;
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeOf(value) === "object" ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

/**
 * The lines of a training or validation file, in order; empty lines are passed over.
 * Throws a `UserError` that names the file and the 1-based line where a line is no JSON object with messages.
 */
export async function* readJsonl(file: string): AsyncGenerator<TrainingLine> {
  let number = 0;
  try {
    for await (const line of readLines(file)) {
      number += 1;
      if (line.trim() !== "") yield parseLine(line);
    }
  } catch (error) {
    const place = number === 0 ? file : `${file}, line ${number}`;
    throw new DataError(
      `Cannot read ${place}: ${messageOf(error).replace(/\.$/, "")}. Write the file again with npm run prepare-data.`,
      { cause: error },
    );
  }
}

function parseLine(line: string): TrainingLine {
  const value = JSON.parse(line) as Partial<TrainingLine> | null;
  if (!Array.isArray(value?.messages)) throw new Error('there is no list "messages"');
  return value as TrainingLine;
}

/**
 * The developer message of an RFT line and of every evaluation. It avoids phrases such as "chain of thought" or
 * "step by step reasoning", over which the service's moderation of training data has been seen to stumble.
 */
export const developerMessage =
  "You are an expert mathematician. Solve the problem, show every intermediate calculation, and put the final answer in \\boxed{}.";

/** The system message of the documented supervised format. */
export const systemMessage =
  "You are an expert in mathematical reasoning. Work out a detailed solution step by step and give the final answer in \\boxed{}.";
