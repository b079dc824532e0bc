/**
 * The events of one job: a JSONL file that only grows, and its content in memory.
 * @module
 */
import { appendFile, readFile, truncate } from "node:fs/promises";
import type { JobEvent, JobEventContent, JobMetrics } from "../../service/jobs.js";
import { replaceFile } from "../../util/files.js";
import { seal, unseal } from "../../util/hash.js";
import { newId, unixSeconds } from "../protocol.js";
import { damaged } from "./collection.js";

/**
 * Opens the log at `path`; without a file it starts empty. A last line that a crash cut off is dropped. Throws a
 * `DataError` if a line is damaged, or there are fewer than `least`.
 */
export async function openEventLog(path: string, least = 0): Promise<EventLog> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return new EventLog(path, [], 0);
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const events = whole
    .split("\n")
    .slice(0, -1)
    .map((line, index) => eventIn(line, `${path}, line ${index + 1}`));
  if (events.length < least) throw damaged(path, `it holds ${events.length} of ${least} events`);
  if (whole !== text) await replaceFile(path, whole);
  return new EventLog(path, events, Buffer.byteLength(whole));
}

function eventIn(line: string, place: string): JobEvent {
  try {
    return unseal<JobEvent>(line);
  } catch (error) {
    throw damaged(place, error);
  }
}

/**
 * Events in the order in which they happened. An event can be read once it is on disk, so none that was seen
 * is ever lost.
 */
export class EventLog {
  readonly #path: string;
  readonly #events: JobEvent[];
  /** Bytes on disk. */
  #size: number;
  #writes: Promise<void> = Promise.resolve();

  constructor(path: string, events: JobEvent[], size: number) {
    this.#path = path;
    this.#events = events;
    this.#size = size;
  }

  /** How many events there are. */
  get length(): number {
    return this.#events.length;
  }

  newestFirst(): JobEvent[] {
    return [...this.#events].reverse();
  }

  /** The metrics of every step so far, in order. */
  metrics(): JobMetrics[] {
    return this.#events.flatMap(({ type, data }) => (type === "metrics" && data ? [data] : []));
  }

  /** Adds a line of text; resolves when it is on disk. */
  message(level: JobEvent["level"], message: string): Promise<void> {
    return this.#add({ level, message, type: "message", data: null });
  }

  /** Adds a line of text unless it is there already, from before the process last ended. */
  async once(level: JobEvent["level"], message: string): Promise<void> {
    if (!this.#events.some((event) => event.message === message)) await this.message(level, message);
  }

  /** Adds the metrics of a step, with the line of text that sums them up; resolves when they are on disk. */
  step(message: string, data: JobMetrics): Promise<void> {
    return this.#add({ level: "info", message, type: "metrics", data });
  }

  #add(content: JobEventContent): Promise<void> {
    const event: JobEvent = {
      id: newId("ftevent"),
      object: "fine_tuning.job.event",
      created_at: unixSeconds(),
      ...content,
    };
    const written = this.#writes.then(async () => {
      const line = `${seal(event)}\n`;
      try {
        await appendFile(this.#path, line);
      } catch (error) {
        // A full disk may have taken the beginning of the line.
        await truncate(this.#path, this.#size).catch(() => {});
        throw error;
      }
      this.#size += Buffer.byteLength(line);
      this.#events.push(event);
    });
    this.#writes = written.catch(() => {});
    return written;
  }
}
