/**
 * `node lib/tools/run.mjs [--dev] [COMMAND [OPTIONS]]` makes the checkout ready and runs a command of `tools/cli`.
 * The packages are installed and `lib` is built only where they are out of date; `--dev` also installs what tests and
 * linting need. Plain JavaScript without packages: it runs before there are any, and on a Node that is too old for the rest.
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const oldestNode = [20, 19];

const [isDevelopment, command, options] = readArguments(process.argv.slice(2));

try {
  checkNode();
  installPackages();
  build();
} catch (error) {
  const isReadOnly = error.code === "EACCES" || error.code === "EROFS";
  console.error(
    isReadOnly ? `This folder cannot be written to (${error.message}). Copy the project elsewhere.` : error.message,
  );
  process.exit(2);
}
if (command !== undefined) {
  const script = join(root, "dist/tools/cli", `${command}.js`);
  process.argv.splice(1, Infinity, script, ...options);
  createRequire(import.meta.url)(script);
}

function readArguments(words) {
  const isDevelopment = words[0] === "--dev";
  const [command, ...options] = isDevelopment ? words.slice(1) : words;
  return [isDevelopment, command, options];
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]))
    throw new Error(
      `This needs Node ${oldestNode.join(".")} or later, and runs on ${process.versions.node}. Get a newer one from nodejs.org.`,
    );
}

/** Packages of the tests that are there stay: leaving them out would take them away from the next test run. */
function installPackages() {
  const stamp = join(root, "node_modules/.cookbook");
  const hasTestPackages = existsSync(join(root, "node_modules/vitest"));
  if (readText(stamp) === hashOf(["package-lock.json"]) && (hasTestPackages || !isDevelopment)) return;
  const withTests = isDevelopment || hasTestPackages;
  say(`Installing the packages${withTests ? ", those of the tests too" : ""}: about a minute, this once`);
  const options = [withTests ? "--include=dev" : "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund"];
  if (run("npm", ["install", ...options, "--loglevel=error"]).status !== 0)
    throw new Error(
      "The packages could not be installed: see npm's message above. A first installation needs a network.",
    );
  writeFileSync(stamp, hashOf(["package-lock.json"]));
}

/** Builds beside `dist` and puts the result in its place at once, so that no process meets half a build. */
function build() {
  const sources = readdirSync(join(root, "lib"), { recursive: true })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .sort();
  const hash = hashOf(["package-lock.json", "tsconfig.json", ...sources.map((file) => join("lib", file))]);
  const stamp = join(root, "dist/.sources");
  if (readText(stamp) === hash) return;
  say(`Building lib (${sources.length} files)`);
  const [fresh, old] = [join(root, `.dist-${process.pid}`), join(root, `.dist-${process.pid}-old`)];
  try {
    const { status, signal } = run(process.execPath, [
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      root,
      "--outDir",
      fresh,
    ]);
    if (status === 134 || signal !== null)
      throw new Error(
        "The build ran out of memory: give Node more (NODE_OPTIONS=--max-old-space-size=2000) and try again.",
      );
    if (status !== 0) throw new Error("lib does not build: see the compiler's messages above.");
    writeFileSync(join(fresh, ".sources"), hash);
    mkdirSync(join(root, "dist"), { recursive: true });
    renameSync(join(root, "dist"), old);
    renameSync(fresh, join(root, "dist"));
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/** What it prints goes to standard error: a command's own output stays alone on standard output. */
function run(program, options) {
  return spawnSync(program, options, {
    cwd: root,
    stdio: ["inherit", 2, 2],
    shell: process.platform === "win32" && program === "npm",
  });
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function say(text) {
  console.error(`${text} …`);
}
