/**
 * How tslab is started, and how Jupyter is told to start it, without Python.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { replaceFile } from "../../util/files.js";

/**
 * Node.js and its arguments for a mended tslab kernel, which reads its ports and its key from
 * `connectionFile` and ends with the process that started it.
 */
export function kernelCommand(connectionFile: string): [program: string, ...args: string[]] {
  const preloads = ["./preload/stop-with-parent.js", "./preload/mend-tslab.js"];
  const requires = preloads.flatMap((file) => ["--require", require.resolve(file)]);
  const tslab = join(dirname(require.resolve("tslab/package.json")), "bin", "tslab");
  return [process.execPath, ...requires, tslab, "kernel", "--config-path", connectionFile];
}

/**
 * The folder in which Jupyter keeps what belongs to the user
 * (https://docs.jupyter.org/en/latest/use/jupyter-directories.html#data-files).
 */
export function jupyterDataFolder(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  switch (platform) {
    case "win32":
      return join(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter");
    case "darwin":
      return join(homedir(), "Library", "Jupyter");
    default:
      return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
  }
}

/** Writes the kernel's specification below `dataFolder`, with this Node.js and this tslab; returns the file. */
export async function installKernelspec(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, "kernels", "tslab");
  const file = join(folder, "kernel.json");
  const specification = {
    argv: kernelCommand("{connection_file}"),
    display_name: "TypeScript",
    language: "typescript",
    interrupt_mode: "signal",
  };
  await mkdir(folder, { recursive: true });
  await replaceFile(file, `${JSON.stringify(specification, null, 2)}\n`);
  return file;
}
