/**
 * The part of zeromq that both ends of a kernel's sockets use, taken from tslab, which depends on it: both
 * speak through the same build.
 * @module
 */
import { createRequire } from "node:module";

/** A socket: the frames of the messages that come in, and a way to send some. */
export interface Socket extends AsyncIterable<Buffer[]> {
  connect(address: string): void;
  /** Rejects, and drops the message, while another one is being sent. */
  send(frames: string[]): Promise<void>;
  close(): void;
}

/** A socket that sends to all who subscribe. */
export interface Publisher extends Socket {
  /** How many messages wait for a slow subscriber before further ones are dropped; 0: no limit. */
  sendHighWaterMark: number;
}

/** A socket that receives what others publish. */
export interface Subscriber extends Socket {
  subscribe(): void;
}

/** The library. */
interface ZeroMq {
  Dealer: new (options: { linger: number }) => Socket;
  Router: new () => Socket;
  Publisher: new () => Publisher;
  Subscriber: new (options: { linger: number; receiveHighWaterMark: number }) => Subscriber;
}

export const zeromq = createRequire(require.resolve("tslab/package.json"))("zeromq") as ZeroMq;
