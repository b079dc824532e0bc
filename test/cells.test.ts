/**
 * @module The notebook's cells as text: their titles and lengths, and that every section stands by itself.
 */
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, expect, test } from "vitest";
import { groupAdvantages } from "../dist/emulator/nano/grpo.js";
import {
  type Cell,
  type CodeCell,
  type Notebook,
  readNotebook,
  sectionsOf,
  tagsOf,
} from "../dist/tools/notebook/notebook.js";
import { projectRoot } from "../dist/util/assets.js";
import { seededRandom } from "../dist/util/random.js";
import { notebookName } from "./cookbook.js";

let notebook: Notebook;
beforeAll(async () => {
  notebook = await readNotebook(join(projectRoot, notebookName));
});

const isCode = (cell: Cell): cell is CodeCell => cell.cell_type === "code";

/** The code cells of each section, but the summary, which speaks of the whole run and says so. */
function codeOfSections(): { number: number; cells: Cell[] }[] {
  return sectionsOf(notebook).map(({ number, start, end }) => ({
    number,
    cells: notebook.cells.slice(start, end).filter((cell) => isCode(cell) && !tagsOf(cell).includes("summary")),
  }));
}

/** What a cell declares for the cells after it, and which names it uses that it does not declare inside. */
function namesIn({ source }: Cell): { declared: string[]; used: string[] } {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true);
  const declared: string[] = [];
  const inner = new Set<string>();
  const used: string[] = [];
  const visit = (node: ts.Node, isTopLevel: boolean): void => {
    const { parent } = node;
    if (ts.isIdentifier(node)) {
      const isDeclaration =
        (ts.isVariableDeclaration(parent) ||
          ts.isBindingElement(parent) ||
          ts.isParameter(parent) ||
          ts.isFunctionDeclaration(parent) ||
          ts.isImportSpecifier(parent)) &&
        parent.name === node;
      const isProperty =
        (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
        (ts.isPropertyAssignment(parent) && parent.name === node) ||
        (ts.isPropertySignature(parent) && parent.name === node) ||
        (ts.isBindingElement(parent) && parent.propertyName === node);
      if (isDeclaration) {
        if (isTopLevel) declared.push(node.text);
        else inner.add(node.text);
      } else if (!isProperty) used.push(node.text);
    }
    const opens = ts.isBlock(node) || ts.isForOfStatement(node) || ts.isArrowFunction(node);
    ts.forEachChild(node, (child) => {
      const isName = ts.isFunctionDeclaration(node) && child === node.name;
      visit(child, isTopLevel && !opens && (!ts.isFunctionDeclaration(node) || isName));
    });
  };
  visit(file, true);
  return { declared, used: used.filter((name) => !inner.has(name)) };
}

test("every code cell has a title of at most 60 characters, and at most 14 lines", () => {
  for (const cell of notebook.cells.filter(isCode)) {
    expect(cell.metadata.title, cell.id).toMatch(/^[A-Z].{5,59}$/);
    expect(cell.source.split("\n").length, cell.id).toBeLessThanOrEqual(14);
  }
  const titles = notebook.cells.filter(isCode).map(({ metadata }) => metadata.title);
  expect(new Set(titles).size).toBe(titles.length);
});

test("a section uses no name of another section but the first, so that it runs after that one alone", () => {
  const sections = codeOfSections();
  expect(sections).toHaveLength(12);
  const declaredIn = (cells: Cell[]): string[] => cells.flatMap((cell) => namesIn(cell).declared);
  const everything = new Set(sections.flatMap(({ cells }) => declaredIn(cells)));
  const common = declaredIn(sections[0]?.cells ?? []);
  expect(common).toContain("connection");
  const missing = sections.flatMap(({ number, cells }) =>
    cells.flatMap((cell, i) => {
      const known = [...common, ...declaredIn(cells.slice(0, i + 1))];
      const foreign = namesIn(cell).used.filter((name) => everything.has(name) && !known.includes(name));
      return foreign.map((name) => `section ${number}, ${cell.id}: ${name}`);
    }),
  );
  expect(missing).toEqual([]);
});

test("the names of a cell are told apart: declared, declared inside, and used", () => {
  const source = `import { a as b, c } from "./lib";
const { d, e: f } = c(g);
for (const { h } of f) console.log(h.i, { j: k, l });
function m(n: string): string { const o = n; return o + p; }`;
  const cell = { source } as Cell;
  expect(namesIn(cell).declared).toEqual(["b", "c", "d", "f", "m"]);
  expect(new Set(namesIn(cell).used.filter((name) => name.length === 1))).toEqual(
    new Set(["a", "c", "g", "f", "k", "l", "p"]),
  );
});

test("in Markdown, money is never taken for mathematics", () => {
  for (const { id, cell_type, source } of notebook.cells) {
    const prose = source.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
    if (cell_type === "markdown") expect(prose, id).not.toMatch(/(?<!\\)\$\d[\d,.]*(?=[\s;)]|\.\s|$)/m);
  }
});

test("the advantages of section 6 are the trainer's, in the cell, in the exercise and in the picture", () => {
  const sourceOf = (id: string): string => notebook.cells.find((cell) => cell.id === id)?.source ?? "";
  const script = ts.transpileModule(sourceOf("step-rule"), {}).outputText;
  const advantagesOf = new Function(`${script}; return advantagesOf;`)() as (rewards: number[]) => number[];
  const trainers = (rewards: number[]): number[] =>
    groupAdvantages(
      rewards.map((reward) => ({ reward, criteria: {} })),
      rewards.length,
    );
  const random = seededRandom(1);
  const groups = Array.from({ length: 200 }, (_, i) =>
    Array.from({ length: 2 + (i % 7) }, () => Math.round(10 * random()) / 10),
  );
  for (const group of [...groups, [1, 1, 1, 1], [0.1, 0.1, 0.1]]) {
    const [own, theirs] = [advantagesOf(group), trainers(group)];
    own.forEach((advantage, i) => {
      expect(advantage).toBeCloseTo(theirs[i] as number, 8);
    });
  }
  const signed = (value: number, digits: number): string => value.toFixed(digits).replace("-", "−");
  const exercise = trainers([1, 1, 0.1, 0]).map((value) => signed(value, 2));
  expect(sourceOf("exercise-watch")).toContain(`${exercise.slice(0, 3).join(", ")} and ${exercise[3]}`);
  const picture = trainers([1, 0.1, 1, 0]).map((value) => (value > 0 ? "+" : "") + signed(value, 1));
  expect(sourceOf("loop")).toMatch(new RegExp(picture.map((value) => value.replace("+", "\\+")).join(" +")));
});
