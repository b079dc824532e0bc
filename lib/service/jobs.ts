/**
 * Reinforcement fine-tuning jobs: the request, the job, its events, checkpoints and metrics.
 * Source: Azure OpenAI v1 reference and the Microsoft reinforcement fine-tuning how-to; the SDK's types lack
 * `trainingType`, the paused statuses and the RFT metrics, so the wire types are declared here once.
 * @module
 */
import type { Grader } from "./graders.js";

/** Training types in the spelling of Microsoft's samples; the service compares them without case. */
export type TrainingType = "Standard" | "GlobalStandard" | "Developer";

/** Hyperparameters of a reinforcement job; what is not set is `auto` (`default` for the effort). */
export interface Hyperparameters {
  /** Problems a step, 1 to 256. */
  batch_size?: "auto" | number;
  /** Factor on the service's own learning rate, above 0. */
  learning_rate_multiplier?: "auto" | number;
  /** Passes over the training file, 1 to 50. */
  n_epochs?: "auto" | number;
  reasoning_effort?: "default" | "low" | "medium" | "high";
  /** Factor on the rollouts for each problem, above 0.00001 and at most 10; multiplies the cost. */
  compute_multiplier?: "auto" | number;
  /** Steps between two evaluations on the validation file. */
  eval_interval?: "auto" | number;
  /** Samples for each validation problem at an evaluation. */
  eval_samples?: "auto" | number;
}

export interface ReinforcementMethod {
  type: "reinforcement";
  reinforcement: { grader: Grader; hyperparameters?: Hyperparameters };
}

/** The body of `POST /fine_tuning/jobs`. */
export interface CreateJobRequest {
  model: string;
  training_file: string;
  validation_file: string;
  trainingType: TrainingType;
  suffix?: string;
  seed?: number;
  metadata?: Record<string, string>;
  method: ReinforcementMethod;
}

/** `paused` waits for a person; a status that is not listed here counts as not final. */
export type JobStatus =
  | "validating_files"
  | "pending"
  | "queued"
  | "running"
  | "pausing"
  | "paused"
  | "resuming"
  | "succeeded"
  | "failed"
  | "cancelled";

/** Whether a job in this status will never change again. */
export function isFinal(status: JobStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

/** A job. Times are Unix seconds. */
export interface FineTuningJob {
  id: string;
  object: "fine_tuning.job";
  status: JobStatus;
  model: string;
  /** Null until the job has succeeded. */
  fine_tuned_model: string | null;
  created_at: number;
  finished_at: number | null;
  estimated_finish: number | null;
  training_file: string;
  validation_file: string | null;
  /** Azure sends null or an empty list before the end. */
  result_files: string[] | null;
  trained_tokens: number | null;
  /** Null or an empty object while nothing is wrong. */
  error: { code?: string; message?: string; param?: string | null } | null;
  seed: number;
  trainingType?: TrainingType;
  user_provided_suffix: string | null;
  metadata: Record<string, string> | null;
  method: ReinforcementMethod;
  organization_id: string | null;
  hyperparameters: Record<string, unknown> | null;
  integrations: unknown[] | null;
  usage_metrics?: null;
  shared_with_openai?: boolean;
  /** The evaluation that the service makes of a job; null early, and always in the emulator. */
  eval_id?: string | null;
}

/** The numbers of one training step. Validation keys are null or absent on steps that do not evaluate. */
export interface JobMetrics {
  step: number;
  total_steps: number;
  train_mean_reward: number;
  full_valid_mean_reward?: number | null;
  full_valid_mean_parse_error?: number | null;
  reasoning_tokens_mean: number;
  completion_tokens_mean: number;
  valid_reasoning_tokens_mean?: number | null;
  mean_unresponsive_rewards: number;
  scores: {
    train_reward_mean: number;
    valid_reward_mean?: number | null;
    graders: GraderMetrics[];
  };
  errors: { graders: GraderErrors[] };
  usage: { graders: GraderUsage[]; samples: SampleUsage };
  timing: { step: StepTiming; graders: GraderTiming[] };
  model_graders_token_usage: Record<string, unknown>;
}

/** The mean score of one part of the grader at one step. */
export interface GraderMetrics {
  name: string;
  type: string;
  train_reward_mean: number;
  valid_reward_mean?: number | null;
}

/**
 * What went wrong in one part of the grader, by split and kind: shares such as `train_other_error_mean`, and
 * counts such as `valid_sample_parse_error_count`.
 */
export interface GraderErrors {
  name: string;
  type: string;
  [measure: string]: string | number;
}

/**
 * What one part of the grader took; `model` and the tokens, such as `train_prompt_tokens_mean`, are null
 * without a model.
 */
export interface GraderUsage {
  name: string;
  type: string;
  model: string | null;
  [tokens: string]: string | number | null;
}

/** The tokens in the answers of one step. */
export interface SampleUsage {
  train_completion_tokens_count: number;
  train_reasoning_tokens_mean: number;
  train_reasoning_tokens_count: number;
  valid_reasoning_tokens_mean: number | null;
  valid_reasoning_tokens_count: number | null;
}

/** Seconds of one step. */
export interface StepTiming {
  sampling: number;
  training: number;
  eval: number;
  full_iteration: number;
}

/** Mean seconds of one run of a part of the grader. */
export interface GraderTiming {
  name: string;
  type: string;
  train_execution_latency_mean: number;
  valid_execution_latency_mean: number | null;
}

/** What an event says: a line of text, and the numbers of a step where it is about one. */
export type JobEventContent = { level: "info" | "warn" | "error"; message: string } & (
  | { type: "message"; data: Record<string, unknown> | null }
  | { type: "metrics"; data: JobMetrics | null }
);

/** An event of a job. */
export type JobEvent = { id: string; object: "fine_tuning.job.event"; created_at: number } & JobEventContent;

/** A model kept at an evaluation; it can be deployed by its id. */
export interface JobCheckpoint {
  id: string;
  object: "fine_tuning.job.checkpoint";
  created_at: number;
  fine_tuning_job_id: string;
  step_number: number;
  fine_tuned_model_checkpoint: string;
  metrics: Record<string, number | null>;
}
