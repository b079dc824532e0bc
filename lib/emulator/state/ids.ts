/**
 * Identifiers in the service's form, and its clock.
 * @module
 */
import { randomBytes } from "node:crypto";

/** A new identifier: the prefix, a hyphen and 32 hexadecimal digits, e.g. `file-0f3a…`; what belongs to a response has an underscore. */
export function newId(prefix: "file" | "ftjob" | "ftevent" | "ftchkpt" | "chatcmpl" | "resp" | "rs" | "msg"): string {
  return `${prefix}${/^(resp|rs|msg)$/.test(prefix) ? "_" : "-"}${newHex()}`;
}

/** 32 random hexadecimal digits. */
export function newHex(): string {
  return randomBytes(16).toString("hex");
}

/** Unix time in whole seconds, as every timestamp on the wire. */
export function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
