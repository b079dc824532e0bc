/**
 * Programs that are installed on this machine.
 * @module
 */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The path of the first of `names` that the PATH leads to; undefined if it leads to none. */
export async function findProgram(names: readonly string[]): Promise<string | undefined> {
  const ending = process.platform === "win32" ? ".exe" : "";
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, `${name}${ending}`);
      if (await isProgram(path)) return path;
    }
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
