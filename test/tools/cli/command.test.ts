import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../../dist/util/assets.js";
import { temporaryFolder } from "../notebook/notebooks.js";

interface Ending {
  code: number;
  output: string;
  errors: string;
}

function run(script: string, ...words: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...words], (_, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

const built = (name: string): string => join(projectRoot, "dist", "tools", "cli", `${name}.js`);

/** A command of its own with an option of each kind, which prints what it was given or throws what `body` says. */
async function commandFile(body = "console.log(JSON.stringify([values, rest]))"): Promise<string> {
  const file = join(await temporaryFolder(), "command.cjs");
  const from = (path: string): string => JSON.stringify(join(projectRoot, "dist", path));
  await writeFile(
    file,
    `const { choice, countOrAll, defineCommand, flag, number, text, whole } = require(${from("tools/cli/command.js")});
const { DataError, NetworkError } = require(${from("util/errors.js")});
defineCommand({
  call: "npm run mix -- [FILE ...]",
  purpose: "Mixes.",
  options: {
    name: text("NAME", "a name"),
    share: number("a share", 0.5),
    port: whole("a port", 0, 0, 9),
    kind: choice(["rft", "sft"], "a kind, explained in so many words that the line is too long for a terminal of eighty or a hundred columns", "rft"),
    shards: countOrAll("shards", 2),
    yes: flag("do not ask"),
  },
  async run(values, rest) { ${body} },
});`,
  );
  return file;
}

describe("a command", () => {
  test("gets the value of every option, and the other arguments in their order", async () => {
    const file = await commandFile();
    const defaults = { share: 0.5, port: 0, kind: "rft", shards: 2, yes: false };
    expect(JSON.parse((await run(file)).output)).toEqual([defaults, []]);
    const words = ["a", "--share=-0.1", "--port", "9", "--kind", "sft", "--shards", "all", "--yes", "--name", "x", "b"];
    const given = { name: "x", share: -0.1, port: 9, kind: "sft", shards: "all", yes: true };
    expect(JSON.parse((await run(file, ...words)).output)).toEqual([given, ["a", "b"]]);
  });

  test("says in one sentence that a folder may not be written to", async () => {
    const body = 'throw Object.assign(new Error("EACCES: permission denied, mkdir \'/x\'"), { code: "EACCES" });';
    const { code, errors } = await run(await commandFile(body));
    expect(code).toBe(2);
    expect(errors).toBe(
      "This folder may not be used (EACCES: permission denied, mkdir '/x'). Work in a copy that belongs to you.\n",
    );
  });

  test("prints its usage from its options, each with its default", async () => {
    expect(await run(await commandFile(), "a", "--help")).toEqual({
      code: 0,
      errors: "",
      output: `Usage: npm run mix -- [FILE ...] [options]

Mixes.

  --name NAME     a name
  --share N       a share (default 0.5)
  --port N        a port (default 0)
  --kind rft|sft  a kind, explained in so many words that the line is too long for a terminal of eighty or a
                  hundred columns (default rft)
  --shards N|all  shards (default 2)
  --yes           do not ask
  --help          this text
`,
    });
  });

  test.each([
    [["--share", "half"], '--share is "half"; give a number.\n'],
    [["--share", ""], '--share is ""; give a number.\n'],
    [["--port", "10"], '--port is "10"; give a whole number from 0 to 9.\n'],
    [["--port", "1.5"], '--port is "1.5"; give a whole number from 0 to 9.\n'],
    [["--kind", "dpo"], '--kind is "dpo"; give rft or sft.\n'],
    [["--shards", "0"], '--shards is "0"; give a whole number of at least 1, or all.\n'],
  ])("refuses %j with code 2 and says what to give", async (words, errors) => {
    expect(await run(await commandFile(), ...words)).toEqual({ code: 2, output: "", errors });
  });

  test("shows its usage after an option that it does not have", async () => {
    const { code, errors } = await run(await commandFile(), "--nonsense");
    expect(code).toBe(2);
    expect(errors).toMatch(/^Unknown option '--nonsense'[\s\S]*\n\nUsage: npm run mix/);
  });

  test.each([
    [2, 'throw new DataError("line 3 is empty")', /^line 3 is empty\n$/],
    [1, 'throw new NetworkError("no answer for a minute")', /^no answer for a minute\n$/],
    [1, 'throw new RangeError("a fault of ours")', /^RangeError: a fault of ours\n {4}at /],
  ])("ends with code %i after %s", async (code, body, errors) => {
    const ending = await run(await commandFile(body));
    expect(ending).toEqual({ code, output: "", errors: expect.stringMatching(errors) });
  });
});

describe("every command of package.json", () => {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = Object.entries(scripts).flatMap(([name, script]) => {
    const [, file] = script.match(/^node lib\/tools\/run\.mjs (?:--dev )?([a-z][a-z-]+)$/) ?? [];
    return file === undefined ? [] : [{ call: name === "start" ? "npm start" : `npm run ${name}`, file }];
  });

  test.each(commands)("$call explains itself and refuses what it does not know", async ({ call, file }) => {
    const { code, output } = await run(built(file), "--help");
    expect(code).toBe(0);
    expect(output).toMatch(new RegExp(`^Usage: ${call}(?: -- .*)?\n\n[A-Z][\\s\\S]*\\n  --help +this text\n`));
    for (const line of output.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    if (file === "open-notebook") return;
    expect(await run(built(file), "--nonsense")).toMatchObject({
      code: 2,
      errors: expect.stringContaining(output.trim()),
    });
  });
});
