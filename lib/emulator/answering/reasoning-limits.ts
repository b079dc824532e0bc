/**
 * What reasoning models refuse, whichever way they are asked.
 * Source: Microsoft's how-to on reasoning models.
 * @module
 */
import { invalidParameter } from "../routes/service-error.js";

const unsupported = [
  "max_tokens",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logprobs",
  "top_logprobs",
  "logit_bias",
];

/** Throws `unsupported_parameter` or `unsupported_value`; `limit` is the parameter that stands in for `max_tokens`. */
export function refuseUnsupported(body: unknown, limit: "max_completion_tokens" | "max_output_tokens"): void {
  const fields = (body ?? {}) as Record<string, unknown>;
  const parameter = unsupported.find((name) => fields[name] !== undefined && fields[name] !== null);
  if (parameter) {
    const remedy = parameter === "max_tokens" ? ` Use '${limit}' instead.` : "";
    const text = `Unsupported parameter: '${parameter}' is not supported with this model.${remedy}`;
    throw invalidParameter(parameter, text, "unsupported_parameter");
  }
  const { temperature } = fields;
  if (typeof temperature === "number" && temperature !== 1) {
    const text = `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`;
    throw invalidParameter("temperature", text, "unsupported_value");
  }
}
