/**
 * How tslab is started, by the notebook runner and by Jupyter alike.
 * @module
 */
import { dirname, join } from "node:path";

/** The arguments with which Node.js loads a module of this folder before the program. */
export function preload(file: string): string[] {
  return ["--require", require.resolve(file)];
}

/** Node.js and its arguments for a kernel that reads its ports and its key from `connectionFile`, tslab mended beforehand. */
export function kernelCommand(connectionFile: string): [program: string, ...args: string[]] {
  const mends = ["./send-in-order.js", "./watch-no-folders.js"].flatMap(preload);
  const tslab = join(dirname(require.resolve("tslab/package.json")), "bin", "tslab");
  return [process.execPath, ...mends, tslab, "kernel", "--config-path", connectionFile];
}
