/**
 * Answers from the tiny model. Requests that arrive together are sampled as one batch.
 * @module
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sha256 } from "../../util/hash.js";
import { type Random, seededRandom } from "../../util/random.js";
import { type Completion, sample } from "../nano/sampling.js";
import { loadNano, type Nano } from "../nano/transformer.js";
import { type ModelWeights, weightsDigest } from "../state/models.js";

/** A request for one answer. */
export interface Question {
  weights: ModelWeights;
  prompt: string;
  /** 1 samples, 0 takes the likeliest token each time. */
  temperature: 0 | 1;
  maxTokens: number;
  /**
   * Which of the answers to this prompt to draw, from 0; by default the next one that has not been drawn
   * since the start.
   */
  sample?: number | undefined;
}

interface Waiting extends Question {
  random: Random;
  resolve(completion: Completion): void;
  reject(error: unknown): void;
}

/** Milliseconds to gather requests before a batch starts: short compared with the batch itself. */
const gatherFor = 4;

/** Answers in a batch; between two batches the server answers other requests. */
const batchSize = 64;

/** Questions that may wait at a time; with more, callers are told to retry. */
const maxQueue = 4096;

/** The loaded models and the queue before them. */
export class Inference {
  readonly #models = new Map<string | null, { model: Nano; digest: string }>();
  readonly #timesAsked = new Map<string, number>();
  #waiting: Waiting[] = [];
  #answering = false;

  /** The model, loaded on first use. Throws a `DataError` if its file is missing or damaged. */
  model(weights: ModelWeights): Nano {
    return this.#load(weights).model;
  }

  /** A hash of the content of the weights: 64 hexadecimal digits. */
  digest(weights: ModelWeights): string {
    return this.#load(weights).digest;
  }

  /** Whether the model can answer; loads it if it has not been loaded. */
  canLoad(weights: ModelWeights): boolean {
    try {
      this.model(weights);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether the queue is short enough for so many more questions. */
  hasRoomFor(questions: number): boolean {
    return this.#waiting.length + questions <= maxQueue;
  }

  /**
   * The answer. What is drawn depends only on the content of the model's weights, the prompt and the number
   * of the sample: neither on other requests nor on the batch.
   */
  async answer(question: Question): Promise<Completion> {
    const random = this.#randomFor(question);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...question, random, resolve, reject });
      if (this.#answering) return;
      this.#answering = true;
      setTimeout(() => void this.#answerAll(), gatherFor);
    });
  }

  #load(weights: ModelWeights): { model: Nano; digest: string } {
    const { file } = weights;
    const known = this.#models.get(file);
    if (known) return known;
    const loaded = { digest: weightsDigest(weights), model: loadNano(file ?? undefined) };
    this.#models.set(file, loaded);
    return loaded;
  }

  #randomFor({ weights, prompt, sample }: Question): Random {
    const key = sha256(JSON.stringify([this.digest(weights), prompt]));
    const number = sample ?? this.#countUp(key);
    return seededRandom(Number.parseInt(sha256(`${key} ${number}`).slice(0, 8), 16));
  }

  #countUp(key: string): number {
    const times = this.#timesAsked.get(key) ?? 0;
    this.#timesAsked.set(key, times + 1);
    return times;
  }

  async #answerAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#answerBatch(this.#takeBatch());
      await nextTurn();
    }
    this.#answering = false;
  }

  /** Takes the questions that can be answered together with the oldest one. */
  #takeBatch(): [Waiting, ...Waiting[]] {
    const [oldest, ...others] = this.#waiting as [Waiting, ...Waiting[]];
    const fits = (other: Waiting): boolean =>
      other.weights.file === oldest.weights.file &&
      other.temperature === oldest.temperature &&
      other.maxTokens === oldest.maxTokens;
    const batch = others.filter(fits).slice(0, batchSize - 1);
    const taken = new Set(batch);
    this.#waiting = others.filter((other) => !taken.has(other));
    return [oldest, ...batch];
  }

  #answerBatch(batch: [Waiting, ...Waiting[]]): void {
    const [{ weights, temperature, maxTokens }] = batch;
    try {
      const prompts = batch.map(({ prompt }) => prompt);
      const random = batch.map((question) => question.random);
      const completions = sample(this.model(weights), prompts, { temperature, maxTokens, random });
      for (const [i, question] of batch.entries()) question.resolve(completions[i] as Completion);
    } catch (error) {
      for (const question of batch) question.reject(error);
    }
  }
}
