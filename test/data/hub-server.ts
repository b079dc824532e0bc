/**
 * A hub for the tests: it speaks as much of the Hugging Face hub's protocol as a download needs, and fails as it is told to.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sha256 } from "../../dist/util/hash.js";

/** What goes wrong. Everything left out works. */
export interface Faults {
  /** Statuses of the next answers, whatever was asked. */
  statuses: number[];
  /** Bytes after which the next connections that send a shard break. */
  cuts: number[];
  /** Bytes that are sent in place of a shard's. */
  sent: Map<string, Buffer>;
  /** The token without which nothing is served. */
  token: string | null;
  /** Bytes after which a shard's connection stays silent. */
  silentAfter: number | null;
  /** Whether shards are only served whole. */
  ignoresRanges: boolean;
}

export interface TestHub {
  endpoint: string;
  faults: Faults;
  /** The ranges in which shards were asked for, e.g. `train-00000-of-00003.parquet bytes=0-`. */
  ranges: string[];
  /** Resolves once a shard's connection is silent. */
  silent: Promise<void>;
  close(): Promise<void>;
}

const api = "/api/datasets/open-r1/OpenR1-Math-220k/tree/main/data";
const storage = "/storage/";
const resolve = "/datasets/open-r1/OpenR1-Math-220k/resolve/main/data/";

/**
 * Starts a hub on 127.0.0.1 whose dataset has these shards in its folder `data`. Like the real one it describes them as files in Xet
 * storage, and redirects to their bytes; with a `prefix` it is a mirror that serves them itself from under this path.
 */
export async function startHub(shards: ReadonlyMap<string, Buffer>, prefix = ""): Promise<TestHub> {
  const faults: Faults = {
    statuses: [],
    cuts: [],
    sent: new Map(),
    token: null,
    silentAfter: null,
    ignoresRanges: false,
  };
  const ranges: string[] = [];
  let tellSilence = (): void => {};
  const silent = new Promise<void>((resolve) => {
    tellSilence = resolve;
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? "/", "http://hub");
    const status = faults.statuses.shift();
    const isRefused = faults.token !== null && request.headers.authorization !== `Bearer ${faults.token}`;
    const name = pathname.startsWith(prefix + resolve) ? pathname.slice((prefix + resolve).length) : "";
    const bytesOf = (shard: string): Buffer | undefined => faults.sent.get(shard) ?? shards.get(shard);
    const bytes = bytesOf(name);
    const stored = pathname.startsWith(storage) ? bytesOf(pathname.slice(storage.length)) : undefined;
    if (status || isRefused) response.writeHead(status ?? 401).end("no");
    else if (pathname === prefix + api) list(response);
    else if (stored) send(pathname.slice(storage.length), stored, request, response);
    else if (bytes && prefix === "") describe(name, bytes, request, response);
    else if (bytes) send(name, bytes, request, response);
    else response.writeHead(404, { "X-Error-Code": "EntryNotFound" }).end();
  }

  function list(response: ServerResponse): void {
    const entries = [...shards].map(([name, bytes]) => ({
      type: "file",
      path: `data/${name}`,
      oid: "0123456789",
      size: bytes.length,
      lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 },
    }));
    const others = [{ type: "file", path: "data/README.md", oid: "9876543210", size: 12 }];
    response
      .writeHead(200, { "Content-Type": "application/json" })
      .end(JSON.stringify([...others, ...entries.reverse()]));
  }

  function describe(name: string, bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
    if (!request.headers.accept?.includes("application/vnd.xet-fileinfo+json")) {
      response.writeHead(302, { Location: storage + name }).end();
      return;
    }
    const links = ["xet-auth", "xet-reconstruction-info"].map((rel) => `<http://127.0.0.1/unused>; rel="${rel}"`);
    response.writeHead(200, {
      "Content-Type": "application/vnd.xet-fileinfo+json",
      "X-Linked-Size": bytes.length,
      "X-Linked-ETag": `"${sha256(bytes)}"`,
      "X-Xet-Hash": sha256(name),
      Link: links.join(", "),
    });
    response.end("{}");
  }

  function send(name: string, bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const [start, end] = [Number(from), to ? Number(to) + 1 : bytes.length];
    const isProbe = to !== "";
    if (!isProbe) ranges.push(`${name} ${request.headers.range}`);
    if (faults.ignoresRanges) {
      response.writeHead(200, { ETag: '"x"' }).end(bytes);
      return;
    }
    if (start >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    response.writeHead(206, {
      ETag: `"${sha256(bytes)}"`,
      "Content-Range": `bytes ${start}-${end - 1}/${bytes.length}`,
      "Content-Length": end - start,
    });
    const cut = isProbe ? undefined : faults.cuts.shift();
    if (cut !== undefined) response.write(bytes.subarray(start, start + cut), () => response.socket?.destroySoon());
    else if (isProbe || faults.silentAfter === null) response.end(bytes.subarray(start, end));
    else response.write(bytes.subarray(start, start + faults.silentAfter), () => tellSilence());
  }

  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}${prefix}`,
    faults,
    ranges,
    silent,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
