/**
 * The messages of a request, and the question in them.
 * @module
 */
import { z } from "zod";
import { invalidParameter } from "../routes/service-error.js";

/** A message whose text may come in parts of the given types. */
export function messageWith(partTypes: string[]): z.ZodType<Message> {
  const part = z.object({
    type: z.enum(partTypes, `must be '${partTypes[0]}': the model reads nothing else`),
    text: z.string(),
  });
  return z.object({
    role: z.enum(["developer", "system", "user", "assistant"]),
    content: z.union([z.string(), z.array(part)], "must be text or a list of text parts"),
  });
}

/** A message, as far as the model can read it. */
export interface Message {
  role: "developer" | "system" | "user" | "assistant";
  content: string | { text: string }[];
}

/**
 * The text of the last message of the user. Instructions say nothing to so small a model: it was taught to answer a problem that
 * stands alone. Throws an invalid-parameter error about `param` where there is none, or where developer and system message meet.
 */
export function questionIn(messages: Message[], param: string): string {
  const roles = messages.map(({ role }) => role);
  if (roles.includes("developer") && roles.includes("system"))
    throw invalidParameter(param, "A request may hold a developer message or a system message, not both.");
  const question = messages.findLast(({ role }) => role === "user");
  if (!question) throw invalidParameter(param, "The messages hold no question of the role 'user'.");
  const { content } = question;
  return typeof content === "string" ? content : content.map(({ text }) => text).join("\n");
}
