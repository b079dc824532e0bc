import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../notebook/notebooks.js";

test("npm run kernel:install says where the kernel went and what to do next", async () => {
  const folder = await temporaryFolder();
  const command = join(__dirname, "../../../dist/tools/cli/install-kernel.js");
  const env = { ...process.env, JUPYTER_DATA_DIR: folder };
  const { stdout } = await promisify(execFile)(process.execPath, [command], { env });
  const file = join(folder, "kernels", "tslab", "kernel.json");
  expect(existsSync(file)).toBe(true);
  expect(stdout).toContain(file);
  expect(stdout).toContain("Next: open rft_math_reasoning.ipynb");
});
