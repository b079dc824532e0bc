import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { describe, expect, test } from "vitest";
import { installKernelspec, jupyterDataFolder } from "../../../dist/tools/notebook/kernelspec.js";
import { temporaryFolder } from "./notebooks.js";

describe("jupyterDataFolder", () => {
  test("is what JUPYTER_DATA_DIR says", () => {
    expect(jupyterDataFolder("darwin", { JUPYTER_DATA_DIR: "/data" })).toBe("/data");
  });

  test("follows the custom of the platform", () => {
    expect(jupyterDataFolder("linux", {})).toMatch(/\/\.local\/share\/jupyter$/);
    expect(jupyterDataFolder("linux", { XDG_DATA_HOME: "/share" })).toBe("/share/jupyter");
    expect(jupyterDataFolder("darwin", {})).toMatch(/\/Library\/Jupyter$/);
    expect(jupyterDataFolder("win32", { APPDATA: "/roaming" })).toBe("/roaming/jupyter");
  });
});

test("installKernelspec names programs that exist, and the connection file", async () => {
  const folder = await temporaryFolder();
  const file = await installKernelspec(folder);
  const { argv, language } = JSON.parse(await readFile(file, "utf8"));
  expect(file).toBe(join(folder, "kernels", "tslab", "kernel.json"));
  expect(argv.filter(isAbsolute).map(existsSync)).toEqual([true, true, true, true]);
  expect(argv.at(-1)).toBe("{connection_file}");
  expect(language).toBe("typescript");
});
