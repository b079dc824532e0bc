/**
 * Where the files live that the build does not compile: Python, weights and wasm stay in `lib/`.
 * @module
 */
import { join } from "node:path";

/** The folder that holds package.json: the compiled modules lie below it, in `dist/`. */
export const projectRoot = join(__dirname, "../..");

/** The notebook that the commands run unless another one is named. */
export const cookbookFile = join(projectRoot, "rft_math_reasoning.ipynb");

/** The absolute path of a file under `lib/`, e.g. `assetPath("grader/math_grader.py")`. */
export function assetPath(relative: string): string {
  return join(projectRoot, "lib", relative);
}
