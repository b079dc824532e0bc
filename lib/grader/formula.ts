/**
 * The arithmetic of a multi grader's `calculate_output`: + - * / ^ and a few functions over the names of its
 * graders.
 * @module
 */
import jsep, { type CoreExpression, type Expression } from "jsep";
import { ConfigurationError, messageOf } from "../util/errors.js";

/** A parsed formula: which names it uses, and its value for given numbers. */
export interface Formula {
  variables: string[];
  /** The value is not finite if the arithmetic fails, e.g. after a division by zero. */
  evaluate: (values: Record<string, number>) => number;
}

const functions: Record<string, (...values: number[]) => number> = {
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  exp: Math.exp,
  sqrt: Math.sqrt,
  log: Math.log,
};

const operators: Record<string, (left: number, right: number) => number> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
};

// To jsep, ^ is JavaScript's exclusive or; here it is the power, which binds tightest and from the right.
jsep.addBinaryOp("^", 20, true);

/** Parses a formula. Throws a `ConfigurationError` that names what it cannot read. */
export function parseFormula(text: string): Formula {
  const variables = new Set<string>();
  const evaluate = compile(parse(text), variables);
  return { variables: [...variables], evaluate };
}

/** Characters of a formula; a longer one could nest too deeply to be evaluated. */
const maxLength = 4000;

function parse(text: string): Expression {
  if (text.length > maxLength)
    throw new ConfigurationError(`calculate_output has ${text.length} characters; write at most ${maxLength}.`);
  try {
    return jsep(text);
  } catch (error) {
    throw new ConfigurationError(`calculate_output "${text}" cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

function compile(expression: Expression, variables: Set<string>): Formula["evaluate"] {
  const node = expression as CoreExpression;
  switch (node.type) {
    case "Literal": {
      const { value } = node;
      if (typeof value === "number") return () => value;
      break;
    }
    case "Identifier":
      variables.add(node.name);
      return (values) => values[node.name] ?? Number.NaN;
    case "UnaryExpression": {
      const argument = compile(node.argument, variables);
      if (node.operator === "-") return (values) => -argument(values);
      if (node.operator === "+") return argument;
      break;
    }
    case "BinaryExpression": {
      const operator = operators[node.operator];
      const left = compile(node.left, variables);
      const right = compile(node.right, variables);
      if (operator) return (values) => operator(left(values), right(values));
      break;
    }
    case "CallExpression": {
      const name = node.callee.type === "Identifier" ? String(node.callee.name) : "";
      const call = Object.hasOwn(functions, name) ? functions[name] : undefined;
      const parameters = node.arguments.map((parameter) => compile(parameter, variables));
      if (call && parameters.length > 0) return (values) => call(...parameters.map((parameter) => parameter(values)));
      break;
    }
  }
  throw new ConfigurationError(
    `calculate_output holds a part that is not arithmetic (${node.type}). ` +
      `Allowed: numbers, names of graders, + - * / ^ and ${Object.keys(functions).join(" ")}.`,
  );
}
