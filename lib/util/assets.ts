/**
 * Where the files live that the build does not compile: Python, weights and wasm stay in `lib/`.
 * @module
 */
import { join } from "node:path";

/** The folder that holds package.json: the compiled modules lie below it, in `dist/`. */
export const projectRoot = join(__dirname, "../..");

/** The absolute path of a file under `lib/`, e.g. `assetPath("grader/math_grader.py")`. */
export function assetPath(relative: string): string {
  return join(projectRoot, "lib", relative);
}
