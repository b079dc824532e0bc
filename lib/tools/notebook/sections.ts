/**
 * The numbered sections of a notebook.
 * @module
 */
import { UserError } from "../../util/errors.js";
import type { Notebook } from "./notebook.js";

/** A section that begins with a heading such as `## 5. Submit the job`. */
export interface Section {
  number: number;
  title: string;
  /** The cells from `start` to before `end`. */
  start: number;
  end: number;
}

/** The sections in their order. A section ends where the next heading of the second level stands. */
export function sectionsOf({ cells }: Notebook): Section[] {
  const headings = cells.flatMap(({ cell_type, source }, start) => {
    const [, text] = (cell_type === "markdown" && source.match(/^## +(.+)$/m)) || [];
    return text === undefined ? [] : [{ text, start }];
  });
  return headings.flatMap(({ text, start }, i) => {
    const [, number, title] = text.match(/^(\d+)\. +(.+)$/) ?? [];
    const end = headings[i + 1]?.start ?? cells.length;
    return number === undefined || title === undefined ? [] : [{ number: Number(number), title, start, end }];
  });
}

/** The section called `number`. Throws a `UserError` that lists all where there is none. */
export function sectionCalled(notebook: Notebook, number: string): Section {
  const sections = sectionsOf(notebook);
  const found = sections.find((section) => String(section.number) === number);
  if (found === undefined) {
    const names = sections.map(({ number, title }) => `  ${number}. ${title}`).join("\n");
    throw new UserError(
      `There is no section ${number}. ${names === "" ? "None is numbered." : `There are:\n${names}`}`,
    );
  }
  return found;
}
