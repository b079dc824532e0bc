/**
 * Identifiers in the service's form, and its clock.
 * @module
 */
import { randomBytes } from "node:crypto";

/** A new identifier: the prefix, a hyphen and 32 hexadecimal digits, e.g. `file-0f3a…`. */
export function newId(prefix: "file" | "ftjob" | "ftevent" | "ftchkpt" | "chatcmpl"): string {
  return `${prefix}-${newHex()}`;
}

/** 32 random hexadecimal digits. */
export function newHex(): string {
  return randomBytes(16).toString("hex");
}

/** Unix time in whole seconds, as every timestamp on the wire. */
export function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
