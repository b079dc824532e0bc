/**
 * Loaded into the kernel before tslab: keeps its compiler from watching folders. A JSON file that appears beside the notebook,
 * such as `manifest.json`, makes the compiler look for modules again, and tslab 1.0.22 then fails every further cell with
 * "Unexpected pending rebuildTimer". Without the watch, a module that is made while the kernel runs is found after a restart.
 * @module
 */
import { createRequire } from "node:module";

interface Compiler {
  sys: { watchDirectory(): { close(): void } };
}

const compiler = createRequire(require.resolve("tslab/package.json"))("@tslab/typescript-for-tslab") as Compiler;
compiler.sys.watchDirectory = () => ({ close() {} });
