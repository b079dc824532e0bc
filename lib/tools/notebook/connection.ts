/**
 * The driver's end of a kernel: the sockets for requests and replies (shell) and for what the kernel prints
 * (iopub), and the signed messages of the Jupyter wire protocol
 * (https://jupyter-client.readthedocs.io/en/latest/messaging.html#the-wire-protocol).
 * @module
 */
import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Socket, zeromq } from "./zeromq.js";

/** The driver's end of a kernel's sockets. */
export interface Connection {
  /** The connection file, which tells the kernel its ports and the signing key. */
  file: string;
  /** Passes every message whose signature is right to `onMessage`; to be called once. */
  receive(onMessage: (message: Message) => void): void;
  /** Sends a request on the shell channel and returns its id. */
  send(type: string, content: object): string;
  /** Removes the connection file, once the kernel has read it. */
  forgetFile(): Promise<void>;
  close(): Promise<void>;
}

/** Opens sockets on free ports of 127.0.0.1 and writes the connection file. */
export async function openConnection(): Promise<Connection> {
  const key = randomUUID();
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5);
  const ports = { shell_port, iopub_port, stdin_port, control_port, hb_port };
  const folder = await mkdtemp(join(tmpdir(), "notebook-kernel-"));
  const file = join(folder, "connection.json");
  const settings = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256", ...ports };
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });

  const shell = new zeromq.Dealer({ linger: 0 });
  const iopub = new zeromq.Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  shell.connect(`tcp://127.0.0.1:${shell_port}`);
  iopub.connect(`tcp://127.0.0.1:${iopub_port}`);
  iopub.subscribe();

  const forgetFile = (): Promise<void> => rm(folder, { recursive: true, force: true });

  return {
    file,
    receive(onMessage) {
      for (const socket of [shell, iopub]) {
        void forEachMessage(socket, key, onMessage);
      }
    },
    send(type, content) {
      const { id, frames } = encodeRequest(key, type, content);
      void shell.send(frames);
      return id;
    },
    forgetFile,
    async close() {
      shell.close();
      iopub.close();
      await forgetFile();
    },
  };
}

async function forEachMessage(socket: Socket, key: string, onMessage: (message: Message) => void): Promise<void> {
  for await (const frames of socket) {
    const message = decodeMessage(key, frames);
    if (message !== undefined) {
      onMessage(message);
    }
  }
}

/** Ports that were free a moment ago: all are held at once, so that they differ, and then released. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

const delimiter = "<IDS|MSG>";

/** A message from the kernel. */
export interface Message {
  type: string;
  /** The id of the request that it answers. */
  parentId: string;
  content: unknown;
}

/** The frames of a request, and the id by which its answers name it. */
export function encodeRequest(key: string, type: string, content: object): { id: string; frames: string[] } {
  const id = randomUUID();
  const date = new Date().toISOString();
  const header = { msg_id: id, session: key, username: "notebook", date, msg_type: type, version: "5.3" };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  return { id, frames: [delimiter, sign(key, parts), ...parts] };
}

/** The message in `frames`, or undefined if its signature was not made with `key`. */
export function decodeMessage(key: string, frames: Buffer[]): Message | undefined {
  const start = frames.findIndex((frame) => frame.toString() === delimiter) + 1;
  const [signature, ...parts] = frames.slice(start).map((frame) => frame.toString());
  if (signature !== sign(key, parts)) return undefined;
  const [header = "{}", parent = "{}", , content = "{}"] = parts;
  return { type: JSON.parse(header).msg_type, parentId: JSON.parse(parent).msg_id, content: JSON.parse(content) };
}

function sign(key: string, parts: string[]): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) {
    hmac.update(part);
  }
  return hmac.digest("hex");
}
