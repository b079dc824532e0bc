/**
 * Checks a grader before it is submitted, as `POST …/alpha/graders/validate` does.
 * @module
 */
import { gradeParameters } from "../service/graders.js";
import { messageOf } from "../util/errors.js";
import { parseFormula } from "./formula.js";
import { isTemplateVariable, templateVariables } from "./template.js";

/** One thing that is wrong with a grader: where (e.g. `graders.format.source`), what, and what to do. */
export interface GraderFault {
  path: string;
  message: string;
  remedy: string;
}

/** The service's limit on a Python grader's source (Microsoft, reinforcement fine-tuning how-to). */
const maxSourceBytes = 256 * 1024;

const requiredFields: Record<string, string[]> = {
  string_check: ["name", "input", "reference", "operation"],
  text_similarity: ["name", "input", "reference", "evaluation_metric"],
  score_model: ["name", "model", "input"],
  python: ["name", "source"],
  multi: ["name", "graders", "calculate_output"],
};

const allowedValues: Record<string, string[]> = {
  operation: ["eq", "ne", "like", "ilike"],
  evaluation_metric: "fuzzy_match bleu gleu meteor rouge_1 rouge_2 rouge_3 rouge_4 rouge_5 rouge_l".split(" "),
};

type Fields = Record<string, unknown>;

/** Everything that is wrong with `grader`, which may be any JSON; empty for a grader the service takes. */
export function validateGrader(grader: unknown): GraderFault[] {
  return validateAt(grader, "");
}

function validateAt(grader: unknown, path: string): GraderFault[] {
  if (!isObject(grader))
    return [{ path, message: "A grader must be an object.", remedy: 'Give an object with a "type".' }];
  const required = typeof grader.type === "string" ? requiredFields[grader.type] : undefined;
  if (!required) {
    const types = Object.keys(requiredFields).join(", ");
    return [
      {
        path: join(path, "type"),
        message: `Unknown grader type ${show(grader.type)}.`,
        remedy: `Use one of ${types}.`,
      },
    ];
  }
  return [
    ...required.flatMap((field) => validateField(grader, field, path)),
    ...(grader.type === "python" ? validateSource(grader.source, join(path, "source")) : []),
    ...(grader.type === "multi" ? validateParts(grader, path) : []),
  ];
}

function validateField(grader: Fields, field: string, path: string): GraderFault[] {
  const value = grader[field];
  const at = join(path, field);
  if (value === undefined || value === "")
    return [{ path: at, message: `A ${grader.type} grader needs "${field}".`, remedy: `Add "${field}".` }];
  const isText = field !== "graders" && !(field === "input" && grader.type === "score_model");
  if (isText && typeof value !== "string")
    return [{ path: at, message: `"${field}" must be a string, not ${show(value)}.`, remedy: "Give a string." }];
  const allowed = allowedValues[field];
  if (allowed && !allowed.includes(String(value)))
    return [{ path: at, message: `"${field}" is ${show(value)}.`, remedy: `Use one of ${allowed.join(", ")}.` }];
  return field === "input" || field === "reference" ? validateTemplates(value, at) : [];
}

function validateTemplates(value: unknown, path: string): GraderFault[] {
  const unknown = templateVariables(JSON.stringify(value)).filter((variable) => !isTemplateVariable(variable));
  return unknown.map((variable) => ({
    path,
    message: `The template variable {{${variable}}} does not exist.`,
    remedy: "Start it with item. (fields of the row) or sample. (the output), e.g. {{item.answer}}.",
  }));
}

function validateSource(source: unknown, path: string): GraderFault[] {
  if (typeof source !== "string" || source === "") return [];
  const bytes = Buffer.byteLength(source);
  if (bytes > maxSourceBytes) {
    const message = `The source has ${bytes} bytes; the service takes ${maxSourceBytes}.`;
    return [{ path, message, remedy: "Shorten it." }];
  }
  if (gradeParameters(source)?.length !== 2) {
    const message = "The source defines no top-level function grade(sample, item).";
    return [{ path, message, remedy: "Define `def grade(sample, item):` with exactly these two parameters." }];
  }
  return [];
}

function validateParts(grader: Fields, path: string): GraderFault[] {
  const at = join(path, "graders");
  if (grader.graders === undefined) return [];
  if (!isObject(grader.graders)) {
    const message = `"graders" must be an object of named graders, not ${show(grader.graders)}.`;
    return [{ path: at, message, remedy: 'Write {"correctness": {…}, "format": {…}}.' }];
  }
  const parts = Object.entries(grader.graders);
  const nested = parts.filter(([, part]) => isObject(part) && part.type === "multi");
  return [
    ...parts.flatMap(([name, part]) => validateAt(part, join(at, name))),
    ...nested.map(([name]) => ({
      path: join(at, name),
      message: "A multi grader cannot hold another multi grader.",
      remedy: "Move its graders one level up.",
    })),
    ...validateFormula(grader.calculate_output, Object.keys(grader.graders), join(path, "calculate_output")),
  ];
}

function validateFormula(formula: unknown, names: string[], path: string): GraderFault[] {
  if (typeof formula !== "string" || formula === "") return [];
  try {
    const unknown = parseFormula(formula).variables.filter((variable) => !names.includes(variable));
    return unknown.map((variable) => ({
      path,
      message: `"${variable}" is not the name of a grader.`,
      remedy: `Use the names ${names.join(", ")}.`,
    }));
  } catch (error) {
    return [{ path, message: messageOf(error), remedy: "Write arithmetic over the names of the graders." }];
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function join(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}

function show(value: unknown): string {
  return Array.isArray(value) ? "an array" : (JSON.stringify(value)?.slice(0, 100) ?? "missing");
}
