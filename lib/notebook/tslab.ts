/**
 * How tslab is started, by the notebook runner and by Jupyter alike.
 * @module
 */
import { dirname, join } from "node:path";

/** What mends tslab, loaded before it. */
const mends = ["./send-in-order.js", "./watch-no-folders.js"].map((file) => require.resolve(file));

/** The arguments with which Node.js runs a kernel that reads its ports and key from `connectionFile`; `preloads` are loaded first. */
export function kernelArguments(connectionFile: string, preloads: string[] = []): string[] {
  const program = join(dirname(require.resolve("tslab/package.json")), "bin", "tslab");
  const required = [...preloads, ...mends].flatMap((file) => ["--require", file]);
  return [...required, program, "kernel", "--config-path", connectionFile];
}
