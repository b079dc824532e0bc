/**
 * Packages that only the benchmark of data preparation needs. They have a package.json of their own, beside
 * this file's source, so that nobody who reads the cookbook installs them.
 * @module
 */
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { assetPath, projectRoot } from "../../util/assets.js";
import { ConfigurationError } from "../../util/errors.js";

/** Installs them if they are missing. Throws a `ConfigurationError` if that fails. */
export function installBenchPackages(): void {
  if (existsSync(assetPath("tools/bench/node_modules"))) return;
  console.error("Installing DuckDB and a Zstandard compressor into lib/tools/bench (once, about 70 MB) ...");
  try {
    execSync("npm ci --prefix lib/tools/bench --no-audit --no-fund --loglevel=error", {
      cwd: projectRoot,
      stdio: "inherit",
    });
  } catch (error) {
    throw new ConfigurationError(
      "The benchmark's own packages could not be installed: see npm's message above, then try again.",
      { cause: error },
    );
  }
}

/** The exports of an installed package, of which the caller declares the part it uses. */
export function loadBenchPackage<T>(name: string): T {
  return createRequire(assetPath("tools/bench/package.json"))(name) as T;
}
