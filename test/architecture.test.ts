/** @module The rooms of lib and the direction of their imports, read from the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../dist/util/assets.js";

const lib = join(projectRoot, "lib");
const story = ["connect", "data", "evaluate", "grader", "job", "plot"];

/** What each room may import besides itself; the tools may import everything. */
const allowed: Record<string, string[]> = {
  util: [],
  service: ["util"],
  grader: ["service", "util"],
  connect: ["service", "util"],
  data: ["grader", "service", "util"],
  job: ["connect", "grader", "service", "util"],
  evaluate: ["connect", "grader", "service", "util"],
  plot: [...story, "service", "util"],
  emulator: ["grader", "service", "util"],
  "emulator/sample": ["data", "emulator", "util"],
};

/** Every source of lib with the names that it imports, as they are written. */
function readImportedNames(): Map<string, string[]> {
  const files = readdirSync(lib, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.includes("node_modules") && !file.includes("kernels/"),
  );
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(lib, file), "utf8"), true, true);
      return [file, importedFiles.map(({ fileName }) => fileName)];
    }),
  );
}

/** Every source of lib with the sources that it imports, as paths from lib such as `data/prepare-data.ts`. */
function importedSources(importedNames: Map<string, string[]>): Map<string, string[]> {
  const sourceOf = (file: string, name: string): string =>
    relative(lib, join(lib, dirname(file), name)).replace(/\.js$/, ".ts");
  return new Map(
    [...importedNames].map(([file, names]) => [
      file,
      names.filter((name) => name.startsWith(".")).map((name) => sourceOf(file, name)),
    ]),
  );
}

/** `@scope/name` or `name` of an import such as `name/part`; undefined for a source and for a part of Node. */
function packageOf(name: string): string | undefined {
  return name.startsWith("node:") ? undefined : name.match(/^(@[^/]+\/)?[^./][^/]*/)?.[0];
}

/** The rooms that files of `room` import, each as `file imports file`. */
function importsOutside(imports: Map<string, string[]>, room: string, permitted: readonly string[]): string[] {
  return [...imports]
    .filter(([file]) => roomOf(file) === room)
    .flatMap(([file, targets]) => targets.map((target) => ({ file, target })))
    .filter(({ target }) => ![room, ...permitted].includes(roomOf(target)))
    .map(({ file, target }) => `${file} imports ${target}`);
}

/** The first folder; the sample counts as a room of its own, because it is made in the dataset's schema, which data owns. */
function roomOf(file: string): string {
  return file.startsWith("emulator/sample/") ? "emulator/sample" : (file.split("/")[0] as string);
}

/** The first circle met when imports are followed from every file, as the files on it; empty if there is none. */
function circle(imports: Map<string, string[]>): string[] {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return [];
    path.push(file);
    for (const target of imports.get(file) ?? []) {
      const found = visit(target);
      if (found.length > 0) return found;
    }
    path.pop();
    finished.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const found = visit(file);
    if (found.length > 0) return found;
  }
  return [];
}

const importedNames = readImportedNames();
const imports = importedSources(importedNames);

test("lib holds the rooms of the story, the stand-in, the tools and the leaves, and nothing else", () => {
  expect(readdirSync(lib).sort()).toEqual(
    [...story, "emulator", "index.ts", "package.json", "service", "tools", "util"].sort(),
  );
});

test("every import of a source names a source", () => {
  const missing = [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => !imports.has(target)).map((target) => `${file} imports ${target}`),
  );
  expect(missing).toEqual([]);
  expect(imports.get("index.ts")?.length).toBeGreaterThan(20);
});

test("no import leads in a circle", () => {
  expect(circle(imports)).toEqual([]);
  const twisted = new Map([
    ["a.ts", ["b.ts"]],
    ["b.ts", ["c.ts"]],
    ["c.ts", ["b.ts"]],
  ]);
  expect(circle(twisted)).toEqual(["b.ts", "c.ts", "b.ts"]);
});

test("lib imports no package that only the tests install", () => {
  const { dependencies } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  const packages = new Set([...importedNames.values()].flat().flatMap((name) => packageOf(name) ?? []));
  expect([...packages].filter((name) => !(name in dependencies))).toEqual([]);
  expect(packages).toContain("@azure/identity");
  expect(packages).toContain("hyparquet");
});

describe("imports run in one direction", () => {
  for (const [room, permitted] of Object.entries(allowed)) {
    test(`from ${room} only into ${permitted.join(", ") || "itself"}`, () => {
      expect(importsOutside(imports, room, permitted)).toEqual([]);
    });
  }

  test("the vocabulary of the notebook comes from the rooms of the story", () => {
    const rooms = new Set(imports.get("index.ts")?.map(roomOf));
    expect([...rooms].filter((room) => ![...story, "service"].includes(room))).toEqual([]);
  });

  test("a room that imports the stand-in is found", () => {
    const twisted = new Map([["job/submit.ts", ["emulator/emulator.ts"]]]);
    expect(importsOutside(twisted, "job", allowed.job as string[])).toEqual([
      "job/submit.ts imports emulator/emulator.ts",
    ]);
  });
});
