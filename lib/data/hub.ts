/**
 * The dataset on the Hugging Face hub or a mirror of it: which shards there are, their bytes from any
 * position, and what goes wrong on the way: what passes by itself, and what a person can do about the rest.
 * @module
 */
import { fileDownloadInfo, HubApiError, InvalidApiResponseFormatError, listFiles } from "@huggingface/hub";
import { ConfigurationError, messageOf, NetworkError, RefusalError, UserError } from "../util/errors.js";
import { backoff, isRetryableStatus, retry } from "../util/retry.js";

/** Where the dataset is fetched from, and as whom. */
export interface Hub {
  /** Without a slash at the end. */
  endpoint: string;
  /** The reader's token; the dataset itself is public and needs none. */
  accessToken?: string;
  signal?: AbortSignal;
}

/** A shard as the hub describes it. */
export interface RemoteShard {
  /** Its file name, e.g. `train-00000-of-00010.parquet`. */
  name: string;
  bytes: number;
  /** 64 hexadecimal digits. */
  sha256: string;
}

const repo = { type: "dataset", name: "open-r1/OpenR1-Math-220k" } as const;

/** The folder of the dataset's default part; the folders `all` and `extended` hold further rows. */
const folder = "data";

/** Milliseconds without a byte after which a connection counts as dead. */
const stallTime = 60_000;

/** Checks the settings of a hub. Throws a `ConfigurationError` for what cannot be an address or a token. */
export function openHub({ endpoint, accessToken, signal }: Hub): Hub {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new ConfigurationError(
      "The endpoint must be an address such as https://huggingface.co, without a password in it.",
    );
  if (accessToken && !accessToken.startsWith("hf_"))
    throw new ConfigurationError(
      "HF_TOKEN does not hold a token of the hub, which begins with hf_. The dataset is public: unset it.",
    );
  const isPrivate = url.protocol === "https:" || url.hostname === "127.0.0.1" || url.hostname === "localhost";
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    accessToken: isPrivate ? accessToken || undefined : undefined,
    signal,
  };
}

/** The shards of the default part, in the order of their names. Throws a `RefusalError` if none is listed. */
export async function listShards(hub: Hub): Promise<RemoteShard[]> {
  const shards: RemoteShard[] = [];
  for await (const { path, lfs } of listFiles({ ...access(hub, hub.signal), path: folder })) {
    const name = /^data\/(train-\d{5}-of-\d{5}\.parquet)$/.exec(path)?.[1];
    const sha256 = /^(?:sha256:)?([0-9a-f]{64})$/.exec(lfs?.oid ?? "")?.[1];
    if (name && lfs && sha256) shards.push({ name, bytes: lfs.size, sha256 });
  }
  if (shards.length > 0) return shards.sort((a, b) => (a.name < b.name ? -1 : 1));
  throw new RefusalError(
    `${hub.endpoint} lists no shards with checksums in the folder ${folder} of ${repo.name}. Name another endpoint with --endpoint, or download by hand as training_data/README.md says.`,
  );
}

/** Yields the bytes of a shard from `from` on. Rejects if the connection breaks or is silent for a minute. */
export async function* readShard(hub: Hub, { name }: RemoteShard, from: number): AsyncGenerator<Uint8Array> {
  const stall = new AbortController();
  const watchdog = setTimeout(() => stall.abort(new Error("no data came for a minute")), stallTime);
  try {
    const signal = hub.signal ? AbortSignal.any([hub.signal, stall.signal]) : stall.signal;
    const info = await fileDownloadInfo({ ...access(hub, signal), path: `${folder}/${name}` });
    if (!info) throw new HubApiError(hub.endpoint, 404);
    const authorization = hub.accessToken ? { Authorization: `Bearer ${hub.accessToken}` } : undefined;
    const response = await fetch(info.url, { headers: { Range: `bytes=${from}-`, ...authorization }, signal });
    if (!response.ok || !response.body) throw new HubApiError(response.url, response.status);
    if (!response.headers.get("content-range")?.startsWith(`bytes ${from}-`))
      throw new RefusalError(`${hub.endpoint} does not serve parts of files. Name another endpoint with --endpoint.`);
    for await (const chunk of response.body) {
      watchdog.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(watchdog);
  }
}

/** What every call of the hub's client takes: it leaves the rest of `fetch`'s settings to us. */
function access({ endpoint, accessToken }: Hub, signal: AbortSignal | undefined): Parameters<typeof listFiles>[0] {
  return { repo, hubUrl: endpoint, accessToken, fetch: (input, init) => fetch(input, { ...init, signal }) };
}

/** Further attempts after one that brought nothing, after 1, 2, 4, 8 and 15 seconds. */
const maxRetries = 5;

/** How requests to the hub are tried again. */
export interface HubRetryOptions {
  /** Grows with what is done: attempts are counted from the first again once it has grown. */
  progress?: () => number;
  /** Whether it is worth waiting for a host that cannot be reached at all. */
  waitForHost?: boolean;
  /** Called before each wait, which is in seconds. */
  onRetry?: (reason: string, delay: number) => void;
}

/** What `attempt` returns, once faults that pass by themselves are over. Throws an error for all others. */
export async function withHubRetry<T>(
  hub: Hub,
  attempt: () => Promise<T>,
  { progress, waitForHost = false, onRetry }: HubRetryOptions,
): Promise<T> {
  const { signal } = hub;
  try {
    return await retry(attempt, {
      signal,
      progress,
      onRetry: (error, delay) => onRetry?.(reasonOf(error), delay / 1000),
      delayAfter: (error, failures) =>
        failures <= maxRetries && isTransient(error, waitForHost) ? backoff(failures, 1000, 15_000) : undefined,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw explained(error, hub);
  }
}

function isTransient(error: unknown, waitForHost: boolean): boolean {
  if (error instanceof HubApiError) return isRetryableStatus(error.statusCode);
  if (isLocal(error) || isForeign(error) || error instanceof UserError) return false;
  return waitForHost || !/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH)$/.test(reasonOf(error));
}

/** Faults of files carry the system call that failed; those of `fetch` have it only in their cause. */
function isLocal(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Whether something answered, but not as a hub does: a login page, for example. */
function isForeign(error: unknown): error is Error {
  return error instanceof InvalidApiResponseFormatError || error instanceof SyntaxError;
}

/** The error for people; the given one if it is such an error already, or comes from this machine's files. */
function explained(error: unknown, { endpoint, accessToken }: Hub): unknown {
  if (error instanceof UserError || isLocal(error)) return error;
  const cause = { cause: error };
  if (isForeign(error))
    return new ConfigurationError(
      `${endpoint} does not answer as the hub does (${error.message}). Name another endpoint with --endpoint.`,
      cause,
    );
  if (!(error instanceof HubApiError))
    return new NetworkError(
      `${endpoint} cannot be reached (${reasonOf(error)}). Check the network, or name a mirror with --endpoint; a next run continues where this one ends.`,
      cause,
    );
  const status = error.statusCode;
  if (status === 401 || status === 403) {
    const remedy = accessToken
      ? "The token in HF_TOKEN may have expired: renew it, or unset it, because the dataset is public."
      : "The dataset is public on https://huggingface.co; if a mirror wants a token, set HF_TOKEN.";
    return new RefusalError(`${endpoint} refuses access to ${repo.name} (status ${status}). ${remedy}`, cause);
  }
  if (status === 404)
    return new ConfigurationError(
      `${endpoint} does not have ${repo.name} or one of its files (status 404). Check the address given with --endpoint.`,
      cause,
    );
  const Kind = isRetryableStatus(status) ? NetworkError : RefusalError;
  return new Kind(
    `${endpoint} answers with status ${status}. Run the command again later, which continues where this run ends, or name another endpoint with --endpoint.`,
    cause,
  );
}

/** The code of a network fault, such as ECONNRESET, or its message if it has no code. */
function reasonOf(error: unknown): string {
  if (error instanceof HubApiError) return `status ${error.statusCode}`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code ?? messageOf(cause ?? error);
}
