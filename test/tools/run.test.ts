import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../dist/util/assets.js";
import { temporaryFolder } from "./notebook/notebooks.js";

interface Ended {
  code: number;
  output: string;
  errors: string;
}

let project: string;

/** A project of one command, with the packages of this one. */
beforeEach(async () => {
  project = await temporaryFolder();
  await mkdir(join(project, "lib/tools/cli"), { recursive: true });
  await symlink(join(projectRoot, "node_modules"), join(project, "node_modules"));
  for (const file of ["package.json", "package-lock.json", "tsconfig.json", "lib/tools/run.mjs"])
    await copyFile(join(projectRoot, file), join(project, file));
  await writeCommand('console.log("greets", process.argv.slice(2).join());');
});

const writeCommand = (code: string): Promise<void> => writeFile(join(project, "lib/tools/cli/greet.ts"), code);

function run(words: string[], nodeOptions: string[] = []): Promise<Ended> {
  return new Promise((resolve) => {
    const script = join(project, "lib/tools/run.mjs");
    execFile(process.execPath, [...nodeOptions, script, ...words], (error, output, errors) =>
      resolve({ code: Number(error?.code ?? 0), output, errors }),
    );
  });
}

test("builds and runs a command with its options; standard output is the command's alone", async () => {
  const first = await run(["greet", "you", "--loudly"]);
  expect(first).toMatchObject({ code: 0, output: "greets you,--loudly\n" });
  expect(first.errors).toContain("Building lib (1 files)");
});

test("builds again only after a source has changed", async () => {
  await run([]);
  expect(await run(["greet"])).toMatchObject({ output: "greets \n", errors: "" });
  await writeCommand('console.log("changed");');
  expect(await run(["greet"])).toMatchObject({ output: "changed\n", errors: expect.stringContaining("Building") });
});

test("a build that fails leaves the one before it", async () => {
  await run([]);
  const before = await readFile(join(project, "dist/tools/cli/greet.js"), "utf8");
  await writeCommand("const wrong: number = 'text';");
  const failed = await run(["greet"]);
  expect(failed).toMatchObject({ code: 2, output: "" });
  expect(failed.errors).toMatch(/greet\.ts\(1,7\): error.*lib does not build/s);
  expect(await readFile(join(project, "dist/tools/cli/greet.js"), "utf8")).toBe(before);
});

test("a Node that is too old is refused in one sentence", async () => {
  const pretend = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"18.20.4"}})';
  const { code, errors } = await run(["greet"], ["--import", pretend]);
  expect(code).toBe(2);
  expect(errors).toBe("This needs Node 20.19 or later, and runs on 18.20.4. Get a newer one from nodejs.org.\n");
});
