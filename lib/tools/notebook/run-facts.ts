/**
 * What a run leaves in its notebook besides the outputs: when, with what, and from which sources.
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../../util/assets.js";
import { sha256 } from "../../util/hash.js";
import type { Notebook } from "./notebook.js";

const factsSchema = z.object({
  date: z.string().optional(),
  versions: z.record(z.string(), z.string()),
  sources: z.string(),
});

/** The facts of a run. */
export interface RunFacts {
  /** To the minute, e.g. `2026-11-22 20:09 UTC`; undefined in a notebook that is the same after every run. */
  date?: string;
  /** Of the programs that took part, by their names. */
  versions: Record<string, string>;
  /** The hash of the code that ran, see {@link hashSources}. */
  sources: string;
}

/** Puts the facts of a run that has just ended into the notebook's metadata, in place of earlier ones. */
export function recordRun(notebook: Notebook, ranAt?: Date): void {
  const date = ranAt && `${ranAt.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const versions = {
    cookbook: versionIn(join(projectRoot, "package.json")),
    "Node.js": process.versions.node,
    tslab: versionIn(require.resolve("tslab/package.json")),
    "plotly.js": versionIn(join(dirname(require.resolve("plotly.js")), "package.json")),
  };
  notebook.metadata.run = { ...(date && { date }), versions, sources: hashSources(notebook) } satisfies RunFacts;
}

/** The facts in a notebook's metadata; undefined where it has never run. */
export function runFactsOf({ metadata }: Notebook): RunFacts | undefined {
  return factsSchema.safeParse(metadata.run).data;
}

/**
 * A hash of the code cells with their ids, 64 hexadecimal digits: outputs belong to the sources with the same
 * hash.
 */
export function hashSources({ cells }: Notebook): string {
  const sources = cells.flatMap(({ cell_type, id, source }) => (cell_type === "code" ? [[id, source]] : []));
  return sha256(JSON.stringify(sources));
}

function versionIn(packageFile: string): string {
  return (JSON.parse(readFileSync(packageFile, "utf8")) as { version: string }).version;
}
