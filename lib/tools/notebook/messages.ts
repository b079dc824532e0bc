/**
 * Signed messages of the Jupyter wire protocol
 * (https://jupyter-client.readthedocs.io/en/latest/messaging.html#the-wire-protocol).
 * @module
 */
import { createHmac, randomUUID } from "node:crypto";

const delimiter = "<IDS|MSG>";

/** A message from the kernel. */
export interface Message {
  type: string;
  /** The id of the request that it answers. */
  parentId: string;
  content: unknown;
}

/** The frames of a request that are to be sent, and the id by which its answers name it. */
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
