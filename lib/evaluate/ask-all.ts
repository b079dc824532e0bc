/**
 * All questions of an evaluation: several answers to each problem, as fast as the service's limits allow, and
 * only those that were not kept before.
 * @module
 */
import { setMaxListeners } from "node:events";
import type { Connection } from "../connect/connect.js";
import { replyOf } from "../connect/retry.js";
import { DataError, messageOf, UserError } from "../util/errors.js";
import { mapConcurrently } from "../util/map-concurrently.js";
import {
  type AnswerCache,
  type AnswerKey,
  type AnswerSource,
  openAnswerCache,
  readKeptAnswers,
} from "./answer-cache.js";
import { askDeployment, defaultCompletionTokens, type Question, type Reply } from "./ask.js";
import { RateLimiter } from "./rate-limiter.js";

/** Dollars for a million tokens; reasoning counts as output. */
export interface TokenPrices {
  inputMillionTokens: number;
  outputMillionTokens: number;
}

/** How far the asking is. */
export interface EvaluationProgress {
  done: number;
  total: number;
  /** Of `done`, those that were kept from an earlier run. */
  reused: number;
  /** At the pace so far; null until there is one. */
  secondsLeft: number | null;
  /** What this run has cost so far; null where no prices were given. */
  dollars: number | null;
  /** What is done beyond the asking, in a word. */
  note?: string;
}

/** What to ask, and how. */
export interface AskingRequest extends Omit<Question, "messages" | "sample"> {
  /** Answers wanted, those to one prompt numbered from 0. */
  questions: readonly AnswerKey[];
  concurrency: number;
  /** Where answers are kept between runs; by default nowhere. */
  cacheDir?: string;
  /** The model that `deployment` serves: where the deployment is gone, its kept answers stand for it. */
  servedModel?: string | null;
  prices?: TokenPrices;
  onProgress?: (progress: EvaluationProgress) => void;
  /** Is given each answer as it comes, beside its place in `questions`. */
  onReply: (index: number, reply: Reply) => void;
}

/** The replies in the order of the questions. */
export interface AskedReplies {
  replies: Reply[];
  model: string | null;
  reused: number;
}

/**
 * Asks for every answer that is not kept. The first question is asked in any case: its reply says which model
 * the deployment serves, and with that which answers are still its own. Where a call fails for good, or
 * `onReply` throws, the others are stopped; what was answered is kept, and a `UserError` says so. An aborted
 * `signal` is thrown as the SDK and Node throw it.
 */
export async function askAll(
  connection: Pick<Connection, "openai" | "settings">,
  request: AskingRequest,
): Promise<AskedReplies> {
  const { questions, concurrency, prices, onProgress, onReply } = request;
  const limiter = new RateLimiter(concurrency);
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal;
  setMaxListeners(0, signal);
  const ask = (question: AnswerKey): Promise<Reply> =>
    askDeployment(connection, { ...request, ...question, signal }, limiter);
  let cache: AnswerCache | undefined;
  let done = 0;
  try {
    const start = performance.now();
    const first = await ask(questions[0] as AnswerKey).catch((error: unknown) => {
      if (request.servedModel && replyOf(error)?.status === 404) return null;
      throw error;
    });
    if (first === null) return await keptOfGone(connection, request);
    cache = await cacheFor(connection, request, first);
    const kept = questions.map((question) => cache?.get(question));
    const reused = kept.filter((reply) => reply !== undefined).length;
    done = reused;
    let dollars = kept[0] ? dollarsFor(first, prices) : 0;
    const tell = (): void => {
      const pace = (performance.now() - start) / 1000 / (done - reused);
      const secondsLeft = Number.isFinite(pace) ? pace * (questions.length - done) : null;
      onProgress?.({ done, total: questions.length, reused, secondsLeft, dollars: prices ? dollars : null });
    };
    if (reused > 0) tell();
    const replies = await mapConcurrently([...questions.entries()], concurrency, async ([index, question]) => {
      const known = kept[index];
      if (known) {
        onReply(index, known);
        return known;
      }
      const reply = index === 0 ? first : await ask(question);
      refuseChange(request.deployment, first, reply);
      cache?.add(question, reply);
      dollars += dollarsFor(reply, prices);
      done += 1;
      tell();
      onReply(index, reply);
      return reply;
    });
    return { replies, model: first.model, reused };
  } catch (error) {
    stop.abort();
    if (request.signal?.aborted || error instanceof UserError) throw error;
    throw stopped(error, request, done, cache);
  } finally {
    cache?.close();
  }
}

/** What an answer cost; 0 where prices are not known. */
export function dollarsFor(
  { promptTokens, completionTokens }: Pick<Reply, "promptTokens" | "completionTokens">,
  prices: TokenPrices | undefined,
): number {
  if (!prices) return 0;
  return (promptTokens * prices.inputMillionTokens + completionTokens * prices.outputMillionTokens) / 1e6;
}

/**
 * A deployment whose first answer was withheld has not said which model it serves, so nothing of it can be
 * kept.
 */
async function cacheFor(
  connection: Pick<Connection, "settings">,
  request: AskingRequest,
  { model, fingerprint }: Reply,
): Promise<AnswerCache | undefined> {
  if (request.cacheDir === undefined || model === null) return undefined;
  return openAnswerCache(request.cacheDir, sourceOf(connection, request, model, fingerprint));
}

function sourceOf(
  { settings }: Pick<Connection, "settings">,
  { deployment, maxCompletionTokens, reasoningEffort, greedy }: AskingRequest,
  model: string,
  fingerprint: string | null,
): AnswerSource {
  return {
    backend: settings.backend,
    deployment,
    model,
    fingerprint,
    maxCompletionTokens: maxCompletionTokens ?? defaultCompletionTokens,
    reasoningEffort: reasoningEffort ?? null,
    decoding: greedy ? "greedy" : "temperature 1",
  };
}

async function keptOfGone(connection: Pick<Connection, "settings">, request: AskingRequest): Promise<AskedReplies> {
  const { cacheDir = "", deployment, questions, servedModel, prices, onProgress, onReply } = request;
  const model = servedModel ?? "";
  const replies = await readKeptAnswers(cacheDir, sourceOf(connection, request, model, null), questions);
  if (!replies)
    throw new DataError(
      `There is no deployment "${deployment}" now, and not all of its answers are kept. Run section 8 first: it deploys the model.`,
    );
  for (const [index, reply] of replies.entries()) onReply(index, reply);
  const count = questions.length;
  onProgress?.({ done: count, total: count, reused: count, secondsLeft: 0, dollars: prices ? 0 : null });
  return { replies, model, reused: count };
}

function refuseChange(deployment: string, first: Reply, reply: Reply): void {
  if (first.model === null || reply.model === null || first.model === reply.model) return;
  throw new UserError(
    `While it was measured, the deployment "${deployment}" changed from ${first.model} to ${reply.model}. Measure it again.`,
  );
}

function stopped(
  error: unknown,
  { deployment, questions }: AskingRequest,
  done: number,
  cache?: AnswerCache,
): UserError {
  const advice = cache
    ? `The answers so far are kept in ${cache.path}: run it again to ask only for the missing ones.`
    : "Run it again; with a cacheDir, answers are kept between runs.";
  return new UserError(
    `The evaluation of "${deployment}" stopped after ${done} of ${questions.length} answers: ${messageOf(error)}\n${advice}`,
    { cause: error },
  );
}
