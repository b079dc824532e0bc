/**
 * `/responses`: the newer way to ask a deployment. Nothing is stored, so a response can be neither read again
 * nor continued.
 * @module
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type AnswerContext, type Answers, answer } from "../answering/answering.js";
import { messageWith, questionIn, reasoningEffort, refuseUnsupported } from "../answering/reasoning.js";
import type { Completion } from "../nano/sampling.js";
import { newId, parseRequest, unixSeconds } from "../protocol.js";

const notStored = "must be left out: the emulator stores no responses";
const noTools = "must be empty: the emulator's model calls no tools";

const responseRequest = z.strictObject({
  model: z.string(),
  input: z.union(
    [z.string(), z.array(messageWith(["input_text", "output_text"])).min(1)],
    "must be text or a list of messages",
  ),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  reasoning: z.object({ effort: reasoningEffort.nullish() }).nullish(),
  temperature: z.number().nullish(),
  text: z.object({ format: z.object({ type: z.literal("text", "must be 'text'") }).optional() }).nullish(),
  tools: z.array(z.unknown()).max(0, noTools).nullish(),
  stream: z.literal(false, "must be false: the emulator streams chat completions only").nullish(),
  background: z.literal(false, "must be false: the emulator answers at once").nullish(),
  previous_response_id: z.null(notStored).optional(),
  store: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().optional(),
});

type ResponseRequest = z.infer<typeof responseRequest>;

/** Adds the route under the prefix of `app`. */
export function responsesRoutes(app: FastifyInstance, context: AnswerContext): void {
  app.post("/responses", async (request, reply) => {
    refuseUnsupported(request.body, "max_output_tokens");
    const fields = parseRequest(responseRequest, request.body);
    const question = {
      deployment: fields.model,
      prompt: typeof fields.input === "string" ? fields.input : questionIn(fields.input, "input"),
      count: 1,
      maxTokens: fields.max_output_tokens,
      effort: fields.reasoning?.effort,
    };
    return describe(fields, await answer(context, question, request, reply));
  });
}

function describe(request: ResponseRequest, answers: Answers): object {
  const [completion] = answers.completions as [Completion];
  const isWhole = completion.finishReason === "stop";
  return {
    id: newId("resp"),
    object: "response",
    created_at: unixSeconds(),
    status: isWhole ? "completed" : "incomplete",
    error: null,
    incomplete_details: isWhole ? null : { reason: "max_output_tokens" },
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model: answers.model,
    system_fingerprint: answers.fingerprint,
    output: [reasoningItem(), messageOf(completion, isWhole)],
    parallel_tool_calls: false,
    previous_response_id: null,
    reasoning: { effort: request.reasoning?.effort ?? "medium", summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    usage: {
      input_tokens: answers.promptTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: answers.completionTokens,
      output_tokens_details: { reasoning_tokens: answers.reasoningTokens },
      total_tokens: answers.promptTokens + answers.completionTokens,
    },
  };
}

/** The service hides the reasoning in this item; here it stands in the message. */
function reasoningItem(): object {
  return { id: newId("rs"), type: "reasoning", summary: [] };
}

function messageOf({ text }: Completion, isWhole: boolean): object {
  return {
    id: newId("msg"),
    type: "message",
    status: isWhole ? "completed" : "incomplete",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}
