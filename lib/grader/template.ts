/**
 * The `{{item.answer}}` and `{{sample.output_text}}` templates of graders.
 * @module
 */

import type { GraderSample } from "../service/graders.js";

/** What `{{sample.…}}` and a Python grader's first argument hold, under the service's names. */
export interface WireSample {
  choices: { message: { role: "assistant"; content: string } }[];
  output_text: string;
  /** The output as JSON if it parses as an object, else null. */
  output_json: unknown;
  output_tools: unknown[];
  output_audio: null;
}

/** The sample in the shape that the service hands to graders. */
export function wireSample({ outputText }: GraderSample): WireSample {
  return {
    choices: [{ message: { role: "assistant", content: outputText } }],
    output_text: outputText,
    output_json: jsonObjectOrNull(outputText),
    output_tools: [],
    output_audio: null,
  };
}

const variablePattern = /\{\{([^{}]*)\}\}/g;

/** The variables of a template, e.g. `["item.answer"]`. */
export function templateVariables(template: string): string[] {
  return [...template.matchAll(variablePattern)].map(([, path = ""]) => path.trim());
}

/** Whether a template variable starts at one of the two roots that exist, `item.` and `sample.`. */
export function isTemplateVariable(path: string): boolean {
  return /^(item|sample)\.\S+$/.test(path);
}

/** Characters of a filled template: a short one can name a long value many times over. */
const maxFilledLength = 10_000_000;

/**
 * The template with its variables replaced; undefined if one of them does not exist, or the text becomes too
 * long.
 */
export function fillTemplate(template: string, sample: GraderSample): string | undefined {
  const roots: Record<string, unknown> = { item: sample.item, sample: wireSample(sample) };
  let missing = false;
  let room = maxFilledLength;
  const filled = template.replace(variablePattern, (_, inner: string) => {
    if (missing) return "";
    const path = inner.trim();
    const value = isTemplateVariable(path) ? valueAt(roots, path) : undefined;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    room -= text?.length ?? 0;
    missing = value === undefined || room < 0;
    return missing ? "" : text;
  });
  return missing ? undefined : filled;
}

/** Follows a path such as `sample.output_tools[0].function.name`. */
function valueAt(root: unknown, path: string): unknown {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  return keys.reduce<unknown>((value, key) => {
    const isHolder = typeof value === "object" && value !== null && Object.hasOwn(value, key);
    return isHolder ? (value as Record<string, unknown>)[key] : undefined;
  }, root);
}

function jsonObjectOrNull(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
