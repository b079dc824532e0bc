/**
 * The dataset on the Hugging Face hub or a mirror of it: which shards there are, and their bytes from any position.
 * @module
 */
import { fileDownloadInfo, HubApiError, listFiles } from "@huggingface/hub";
import { UserError } from "../../util/errors.js";

/** The dataset, under its name on the hub. */
export const datasetName = "open-r1/OpenR1-Math-220k";

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

const repo = { type: "dataset", name: datasetName } as const;

/** The folder of the dataset's default part; the folders `all` and `extended` hold further rows. */
const folder = "data";

/** Milliseconds without a byte after which a connection counts as dead. */
const stallTime = 60_000;

/** Checks the settings of a hub. Throws a `UserError` for what cannot be an address or a token. */
export function openHub({ endpoint, accessToken, signal }: Hub): Hub {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new UserError("The endpoint must be an address such as https://huggingface.co, without a password in it.");
  if (accessToken && !accessToken.startsWith("hf_"))
    throw new UserError(
      "HF_TOKEN does not hold a token of the hub, which begins with hf_. The dataset is public: unset it.",
    );
  const isPrivate = url.protocol === "https:" || url.hostname === "127.0.0.1" || url.hostname === "localhost";
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    accessToken: isPrivate ? accessToken || undefined : undefined,
    signal,
  };
}

/** The shards of the dataset's default part, in the order of their names. Throws a `UserError` where there is none. */
export async function listShards(hub: Hub): Promise<RemoteShard[]> {
  const shards: RemoteShard[] = [];
  for await (const { path, lfs } of listFiles({ ...access(hub, hub.signal), path: folder })) {
    const name = /^data\/(train-\d{5}-of-\d{5}\.parquet)$/.exec(path)?.[1];
    const sha256 = /^(?:sha256:)?([0-9a-f]{64})$/.exec(lfs?.oid ?? "")?.[1];
    if (name && lfs && sha256) shards.push({ name, bytes: lfs.size, sha256 });
  }
  if (shards.length > 0) return shards.sort((a, b) => (a.name < b.name ? -1 : 1));
  throw new UserError(
    `${hub.endpoint} lists no shards with checksums in the folder ${folder} of ${datasetName}. Name another endpoint with --endpoint, or download by hand as training_data/README.md says.`,
  );
}

/** The bytes of a shard from position `from` on, as they come. Rejects where the connection breaks or is silent for a minute. */
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
      throw new UserError(`${hub.endpoint} does not serve parts of files. Name another endpoint with --endpoint.`);
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
