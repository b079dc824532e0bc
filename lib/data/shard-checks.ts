/**
 * What must hold of a Parquet file before its rows are read: whole at both ends, and with the columns that preparation uses.
 * @module
 */
import type { AsyncBuffer, SchemaTree } from "hyparquet";
import { UserError } from "../util/errors.js";

type ColumnKind = "text" | "list of text" | "list of true or false";

/** The columns that preparation reads. The others, above all the bulky `messages`, are never touched. */
export const usedColumns = {
  problem: "text",
  answer: "text",
  problem_type: "text",
  question_type: "text",
  source: "text",
  uuid: "text",
  is_reasoning_complete: "list of true or false",
  generations: "list of text",
  correctness_math_verify: "list of true or false",
  correctness_llama: "list of true or false",
} as const satisfies Record<string, ColumnKind>;

const remedy =
  "Download the shard again and compare its size with the one shown on the page it comes from; see training_data/README.md.";

/** The error for a shard with a fault that only a new download can mend. `fault` completes the sentence "… is damaged: …". */
export function damagedShard(path: string, fault: string): UserError {
  return new UserError(`${path} is damaged: ${fault}. ${remedy}`);
}

/** Every Parquet file starts and ends with the four bytes PAR1; throws a `UserError` where this one does not. */
export async function checkEnds(path: string, file: AsyncBuffer): Promise<void> {
  const size = file.byteLength;
  const hasMagic = async (start: number): Promise<boolean> =>
    size >= start + 4 && Buffer.from(await file.slice(start, start + 4)).toString("latin1") === "PAR1";
  if (size === 0) throw new UserError(`${path} is empty. ${remedy}`);
  if (!(await hasMagic(0)))
    throw new UserError(
      `${path} is no Parquet file: it does not start with PAR1. Perhaps a web page or a Git LFS pointer was saved in its place. ${remedy}`,
    );
  if (size < 12 || !(await hasMagic(size - 4)))
    throw new UserError(
      `${path} is cut off after ${size.toLocaleString("en")} bytes: it does not end with PAR1. ${remedy}`,
    );
}

/** Throws a `UserError` that names the columns which are missing or of another type. */
export function checkColumns(path: string, columns: SchemaTree[]): void {
  const byName = new Map(columns.map((column) => [column.element.name, column]));
  const missing = Object.keys(usedColumns).filter((name) => !byName.has(name));
  if (missing.length > 0)
    throw new UserError(
      `${path} lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}; it has ${[...byName.keys()].join(", ")}. Use shards of OpenR1-Math-220k, or name the columns as there.`,
    );
  for (const [name, kind] of Object.entries(usedColumns)) {
    const found = kindOf(byName.get(name) as SchemaTree);
    const isAllNull = found === "NULL" || found === "list of NULL";
    if (found !== kind && !isAllNull)
      throw new UserError(
        `${path}: the column ${name} holds ${found}, but ${kind} is needed. Convert it and try again.`,
      );
  }
}

/** A {@link ColumnKind}, or the name of another type for the error message. */
function kindOf({ element, children }: SchemaTree): string {
  if (element.logical_type?.type === "NULL") return "NULL";
  if (element.type === "BYTE_ARRAY") return "text";
  if (element.type === "BOOLEAN") return "true or false";
  if (element.type) return element.type;
  const isList = element.converted_type === "LIST" || element.logical_type?.type === "LIST";
  const item = children[0]?.children[0] ?? children[0];
  return isList && item ? `list of ${kindOf(item)}` : "a group of columns";
}
