/**
 * The two sockets through which a kernel is driven: requests and replies (shell), and what it prints (iopub).
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeMessage, encodeRequest, type Message } from "./messages.js";
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

/** Ports that were free a moment ago: all are held at once, so that they differ, and then let go. */
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
