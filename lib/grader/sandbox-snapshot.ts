/**
 * The memory of Python as it is once Python is loaded: the first process of this thread leaves it in a
 * file, from which the next ones start in a third of the time.
 * @module
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a new process does with the snapshot. */
export interface SnapshotUse {
  /** As `sandbox-child.ts` takes it: "make", "none", or the bytes of the snapshot to start from. */
  argument: string;
  descriptor: number | "ignore";
  /** To be told once: the bytes that were written, or 0 if the process does not start. */
  settle(bytes: number | undefined): void;
}

const unused: SnapshotUse = { argument: "none", descriptor: "ignore", settle: () => {} };

let saved: SnapshotUse | undefined;
let isBeingMade = false;

/**
 * What the process that starts now does: the first one makes the snapshot, and those that start meanwhile
 * do without.
 */
export function useSnapshot(): SnapshotUse {
  if (saved !== undefined) return saved;
  const files = isBeingMade ? undefined : openUnnamed();
  if (files === undefined) return unused;
  isBeingMade = true;
  const settle = (bytes = 0): void => {
    isBeingMade = false;
    closeSync(files.writer);
    if (bytes > 0) saved = { argument: String(bytes), descriptor: files.reader, settle: () => {} };
    else closeSync(files.reader);
  };
  return { argument: "make", descriptor: files.writer, settle };
}

/**
 * Two descriptors of a new file that has no name any more: nobody can change it but the process that is
 * handed the writer. Undefined if the folder for such files takes none.
 */
function openUnnamed(): { writer: number; reader: number } | undefined {
  const path = join(tmpdir(), `python-snapshot-${randomUUID()}`);
  try {
    const writer = openSync(path, "wx", 0o600);
    const reader = openSync(path, "r");
    rmSync(path);
    return { writer, reader };
  } catch {
    return undefined;
  }
}
