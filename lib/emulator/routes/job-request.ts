/**
 * The body of `POST /fine_tuning/jobs`: its form, and whether what it names exists.
 * Ranges: OpenAI API specification 2.3.0; suffix: Azure OpenAI authoring reference.
 * @module
 */
import { z } from "zod";
import type { CreateJobRequest } from "../../service/jobs.js";
import { baseModelName, findModelProfile } from "../../service/models.js";
import { invalidParameter, parseRequest } from "../protocol.js";
import { findWeights } from "../state/models.js";
import type { State } from "../state/state.js";
import { checkGrader } from "./grader-routes.js";

const autoOr = (number: z.ZodType<number>, range: string): z.ZodType<"auto" | number | undefined> =>
  z.union([z.literal("auto"), number], { error: `must be "auto" or ${range}` }).optional();

const hyperparameters = z.strictObject({
  batch_size: autoOr(z.int().min(1).max(256), "a whole number from 1 to 256"),
  learning_rate_multiplier: autoOr(z.number().gt(0), "a number above 0"),
  n_epochs: autoOr(z.int().min(1).max(50), "a whole number from 1 to 50"),
  reasoning_effort: z.enum(["default", "low", "medium", "high"]).optional(),
  compute_multiplier: autoOr(z.number().gt(0.00001).max(10), "a number above 0.00001 and at most 10"),
  eval_interval: autoOr(z.int().min(1), "a whole number from 1"),
  eval_samples: autoOr(z.int().min(1), "a whole number from 1"),
});

const fileId = (name: string): z.ZodString => z.string(`must be the id of a ${name} file`);

const jobRequest = z.strictObject({
  model: z.string(),
  training_file: fileId("training"),
  validation_file: fileId("validation"),
  trainingType: z.preprocess(
    (value) => canonicalTrainingTypes[String(value).toLowerCase()],
    z.enum(["Standard", "GlobalStandard", "Developer"], "must be Standard, GlobalStandard or Developer"),
  ),
  suffix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, "must be 1 to 40 letters, digits, hyphens and underscores")
    .nullish(),
  seed: z.int().min(0).max(2_147_483_647).nullish(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((map) => Object.keys(map).length <= 16, "must hold at most 16 pairs")
    .nullish(),
  integrations: z.array(z.unknown()).max(0, "are not supported by the emulator").nullish(),
  method: z.strictObject({
    type: z.literal("reinforcement", "must be 'reinforcement', the only method of the emulator"),
    reinforcement: z.strictObject({
      grader: z.record(z.string(), z.unknown()),
      hyperparameters: hyperparameters.optional(),
      response_format: z.null("is not supported by the emulator: its model writes plain text").optional(),
      tools: z.null("are not supported by the emulator: its model calls none").optional(),
      max_episode_steps: z.null("is not supported by the emulator: its model calls no tools").optional(),
    }),
  }),
});

/** Spellings that Microsoft's documents and clients send, in lower case. */
const canonicalTrainingTypes: Record<string, string> = {
  "1": "GlobalStandard",
  standard: "Standard",
  globalstandard: "GlobalStandard",
  developer: "Developer",
  developertier: "Developer",
};

/**
 * The checked request: its model, files and grader exist and are fit for a job. Throws an invalid-parameter
 * error.
 */
export function checkJobRequest(state: State, body: unknown): CreateJobRequest {
  const { suffix, seed, metadata, method, ...request } = parseRequest(jobRequest, body);
  const { grader, hyperparameters } = method.reinforcement;
  if (!findWeights(state, request.model))
    throw invalidParameter("model", `The model '${request.model}' cannot be fine-tuned here.`, "model_not_found");
  const trainable = findModelProfile(baseModelName(request.model))?.trainingTypes ?? [];
  if (!trainable.includes(request.trainingType)) {
    const message = `The model '${request.model}' has no training type '${request.trainingType}'. Use ${trainable.join(" or ")}.`;
    throw invalidParameter("trainingType", message);
  }
  checkFile(state, "training_file", request.training_file);
  checkFile(state, "validation_file", request.validation_file);
  if (request.training_file === request.validation_file)
    throw invalidParameter("validation_file", "The validation file must not be the training file.");
  return {
    ...request,
    suffix: suffix ?? undefined,
    seed: seed ?? undefined,
    metadata: metadata ?? undefined,
    method: {
      ...method,
      reinforcement: { grader: checkGrader(grader, "method.reinforcement.grader"), hyperparameters },
    },
  };
}

function checkFile(state: State, param: string, id: string): void {
  const file = state.files.get(id);
  if (!file) throw invalidParameter(param, `There is no file '${id}'.`, "invalid_file");
  if (file.purpose !== "fine-tune")
    throw invalidParameter(param, `The file '${id}' is no upload for fine-tuning.`, "invalid_file");
  if (file.status !== "processed") {
    const remedy = file.status === "error" ? `${file.status_details}` : "Wait until it is processed.";
    throw invalidParameter(param, `The file '${id}' has the status '${file.status}'. ${remedy}`, "invalid_file");
  }
}
