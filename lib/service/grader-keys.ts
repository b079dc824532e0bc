/**
 * Which keys of a training line a grader reads.
 * Source: Microsoft's reinforcement fine-tuning how-to: every key that the grader names must exist in every row.
 * @module
 */
import type { Grader } from "./graders.js";

/**
 * The keys of the row that the grader names, sorted, each once: those in templates such as `{{item.answer}}`, and those that
 * Python source asks for as `item["answer"]` or `item.get("answer")`, whatever its second parameter is called.
 */
export function graderKeys(grader: Grader): string[] {
  return [...new Set(keysIn(grader))].sort();
}

function keysIn(value: unknown): string[] {
  if (typeof value === "string") return firstGroups(value, /\{\{\s*item\.([^\s.[\]{}]+)/g);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === "source" && typeof part === "string" ? keysInPython(part) : keysIn(part),
  );
}

function keysInPython(source: string): string[] {
  const parameter = /^def\s+grade\s*\([^,)]*,\s*(\w+)/m.exec(source)?.[1] ?? "item";
  const names = new Set(["item", parameter]);
  return [...names].flatMap((name) =>
    firstGroups(source, new RegExp(`\\b${name}\\s*(?:\\[|\\.get\\()\\s*["']([^"']+)["']`, "g")),
  );
}

function firstGroups(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] as string);
}
