/**
 * Answers kept on disk, so that an evaluation which is interrupted or repeated asks only for what is missing.
 *
 * One JSONL file for each deployment, the model behind it and the settings; a line for each answer, which
 * names its prompt by hash. Lines are only ever appended. A line that was half written when the process died
 * is passed over, and the next one begins on a line of its own; all lines are ASCII, so that no cut falls
 * inside a character. There is no endpoint and no key in the file.
 * @module
 */
import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Message } from "../service/training-file.js";
import { sha256 } from "../util/hash.js";
import { readLines } from "../util/jsonl.js";
import type { Reply } from "./ask.js";

/** What answers depend on besides the prompt: another value of any of these is another file. */
export interface AnswerSource {
  backend: "azure" | "local";
  deployment: string;
  model: string;
  fingerprint: string | null;
  maxCompletionTokens: number;
  reasoningEffort: string | null;
  decoding: string;
}

/** Where the notebook keeps its answers. */
export const defaultAnswersFolder = "out/evaluations/answers";

/** Which answer: the `sample`-th, counted from 0, to a prompt. */
export interface AnswerKey {
  messages: Message[];
  sample: number;
}

/** The answers of one source. */
export class AnswerCache {
  readonly path: string;
  readonly #descriptor: number;
  readonly #replies: Map<string, Reply>;
  #closed = false;

  constructor(path: string, descriptor: number, replies: Map<string, Reply>) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#replies = replies;
  }

  /** The answer that was in the file under `key` when it was opened, if any. */
  get(key: AnswerKey): Reply | undefined {
    return this.#replies.get(nameOf(key));
  }

  /**
   * Keeps an answer; it is in the file when this returns. Throws the system's error where the disk takes no
   * more.
   */
  add(key: AnswerKey, reply: Reply): void {
    if (!this.#closed) append(this.#descriptor, { answer: nameOf(key), ...reply });
  }

  /** Closes the file; answers that come in later are not kept. */
  close(): void {
    this.#closed = true;
    closeSync(this.#descriptor);
  }
}

/** Opens the file of `source` in `folder`, which is made where it is missing, and reads what is in it. */
export async function openAnswerCache(folder: string, source: AnswerSource): Promise<AnswerCache> {
  await mkdir(folder, { recursive: true });
  const name = `${source.deployment.replace(/[^\w.-]/g, "_")}-${sha256(JSON.stringify(source)).slice(0, 16)}.jsonl`;
  const path = join(folder, name);
  const descriptor = openSync(path, "a+");
  const { size } = await stat(path);
  if (size === 0) append(descriptor, { source });
  else if (lastByte(descriptor, size) !== "\n") writeFileSync(descriptor, "\n");
  return new AnswerCache(path, descriptor, await readReplies(path));
}

/** The answers that are kept of one source. */
export interface KeptAnswers {
  source: AnswerSource;
  answers: number;
  /** When the last one was written, as an ISO time to the minute. */
  written: string;
}

/** What is kept in `folder`, the newest first; nothing where there is no such folder. */
export async function listKeptAnswers(folder = defaultAnswersFolder): Promise<KeptAnswers[]> {
  const files = await cacheFiles(folder);
  const kept = files.map(async ({ path, source, written }) => {
    const { size: answers } = await readReplies(path);
    return { source, answers, written: `${written.toISOString().slice(0, 16)}Z` };
  });
  return Promise.all(kept);
}

/**
 * The kept answers to `keys`, of a deployment that is gone and so cannot say its fingerprint any more;
 * undefined unless all of them are there, from one source.
 */
export async function readKeptAnswers(
  folder: string,
  wanted: Omit<AnswerSource, "fingerprint">,
  keys: readonly AnswerKey[],
): Promise<Reply[] | undefined> {
  for (const { path, source } of await cacheFiles(folder)) {
    if (JSON.stringify(sourceOf(source)) !== JSON.stringify(sourceOf(wanted))) continue;
    const kept = await readReplies(path);
    const replies = keys.map((key) => kept.get(nameOf(key))).filter((reply) => reply !== undefined);
    if (replies.length === keys.length) return replies;
  }
  return undefined;
}

/** A source without its fingerprint, the fields always in the same order. */
function sourceOf({ backend, deployment, model, ...settings }: Omit<AnswerSource, "fingerprint">): AnswerSource {
  const { maxCompletionTokens, reasoningEffort, decoding } = settings;
  return { backend, deployment, model, fingerprint: null, maxCompletionTokens, reasoningEffort, decoding };
}

interface CacheFile {
  path: string;
  source: AnswerSource;
  written: Date;
}

/** The files of answers in `folder`, the one written last first. */
async function cacheFiles(folder: string): Promise<CacheFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files: CacheFile[] = [];
  for (const name of names.filter((name) => name.endsWith(".jsonl"))) {
    const path = join(folder, name);
    for await (const line of readLines(path)) {
      const { source } = parsed(line);
      if (source) files.push({ path, source, written: (await stat(path)).mtime });
      break;
    }
  }
  return files.sort((a, b) => b.written.getTime() - a.written.getTime());
}

async function readReplies(path: string): Promise<Map<string, Reply>> {
  const replies = new Map<string, Reply>();
  for await (const line of readLines(path)) {
    const { answer, ...reply } = parsed(line);
    if (typeof answer === "string" && typeof reply.text === "string") replies.set(answer, reply as Reply);
  }
  return replies;
}

function parsed(line: string): Partial<Reply> & { answer?: unknown; source?: AnswerSource } {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

function nameOf({ messages, sample }: AnswerKey): string {
  return `${sha256(JSON.stringify(messages.map(({ role, content }) => [role, content])))}-${sample}`;
}

function append(descriptor: number, value: object): void {
  const json = JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  writeFileSync(descriptor, `${json}\n`);
}

function lastByte(descriptor: number, size: number): string {
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, size - 1);
  return byte.toString("latin1");
}
