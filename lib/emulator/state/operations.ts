/**
 * Long-running operations of the control plane, which clients follow until they have ended. A restart of the
 * emulator resumes those that were under way.
 * @module
 */
import { isDiskFull } from "../../util/files.js";
import { newHex } from "../protocol.js";
import type { OperationRecord, State } from "./state.js";

/** Operations that have ended are forgotten when this many are newer. */
const remembered = 100;

/** An operation to start. */
interface NewOperation extends Pick<OperationRecord, "action" | "deployment"> {
  /** What can be seen of it at once. */
  begin(): Promise<void>;
  /** What takes long; if it rejects, the operation has failed. */
  work(): Promise<void>;
}

/**
 * Records an operation and starts it; resolves to its id once it has begun. It is recorded first: a crash
 * leaves no deployment that nothing would ever finish.
 */
export async function startOperation(state: State, { action, deployment, begin, work }: NewOperation): Promise<string> {
  const operation: OperationRecord = { id: newHex(), action, deployment, status: "InProgress" };
  await state.operations.put(operation);
  await begin();
  for (const { id, status } of state.operations.newestFirst().slice(remembered)) {
    if (status !== "InProgress") await state.operations.delete(id);
  }
  state.tasks.start(() => carryOut(state, operation, work));
  return operation.id;
}

/** Resumes the operations that were under way when the process last ended. */
export function resumeOperations(state: State, work: (operation: OperationRecord) => Promise<void>): void {
  for (const operation of state.operations.newestFirst()) {
    if (operation.status === "InProgress") state.tasks.start(() => carryOut(state, operation, () => work(operation)));
  }
}

async function carryOut({ operations }: State, operation: OperationRecord, work: () => Promise<void>): Promise<void> {
  const status = await work().then(
    () => "Succeeded" as const,
    (error: unknown) => {
      if (isDiskFull(error)) throw error;
      return "Failed" as const;
    },
  );
  await operations.put({ ...operation, status });
}
