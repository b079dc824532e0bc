/**
 * What Azure charges, as far as it is published, and what a job will cost, as far as anyone can know before
 * it runs. Source: Microsoft's cost management page for fine-tuning and the model price list, in US dollars.
 * @module
 */
import type { Grader } from "../service/graders.js";
import type { Hyperparameters } from "../service/jobs.js";
import { baseModelName, findModelProfile, isFineTuned, tokenPrices } from "../service/models.js";
import { gradersIn, gradingModels } from "./graders.js";

/** The day on which the prices below were read from their source. */
const pricesReadOn = "2026-11-22";

/** Prices of o4-mini; those of other models are not published in the same way. */
export const prices = {
  /** Per hour of the core training loop; queue, data checks and safety evaluation are free. */
  trainingHour: 100,
  /** Training and grading together: a job that reaches it pauses itself. */
  jobCap: 5_000,
  /** Per hour of a fine-tuned deployment of the SKUs Standard and GlobalStandard, even an idle one. */
  hostingHour: 1.7,
  /** The same for o3-mini as a grader. */
  ...tokenPrices,
} as const;

/**
 * Dollars per hour for hosting a deployment: nothing for base models, billed by tokens, and on the developer
 * tier; null on provisioned capacity, whose price was not read.
 */
export function hostingPerHour({ model, sku }: { model: string; sku: string }): number | null {
  if (/provisioned/i.test(sku)) return null;
  return isFineTuned(model) && !/^developer/i.test(sku) ? prices.hostingHour : 0;
}

/** "$1.70", "$5,000": cents only where there are some. */
export function dollars(amount: number): string {
  return `$${amount.toLocaleString("en-US", { minimumFractionDigits: Number.isInteger(amount) ? 0 : 2 })}`;
}

export interface CostQuestion {
  /** The base model to fine-tune. */
  model: string;
  trainingLines: number;
  hyperparameters?: Hyperparameters;
  grader: Grader;
  /** The dollars that may be spent on training; they bound the hours, which nobody publishes. */
  budget: number;
}

/** One row of the estimate. */
export interface CostLine {
  item: string;
  /** In US dollars, or words where no number is known. */
  cost: string;
  note: string;
  /** Where the price is published, and on which day it was read. */
  source: string;
}

const costPage = `Azure fine-tuning cost page, read on ${pricesReadOn}`;
const priceList = "Azure price list: not read for this model";

/**
 * The costs of a job on Azure. How long a job trains is not known beforehand, so training is a range up to
 * the stated budget. The prices are those of o4-mini; for other models the rows name no number.
 */
export function estimateCost({ model, trainingLines, hyperparameters, grader, budget }: CostQuestion): CostLine[] {
  const profile = findModelProfile(baseModelName(model));
  const steps = stepsOf(trainingLines, hyperparameters);
  const limit = profile?.canPause ? pausingLimit : noLimit;
  if (profile?.base !== "o4-mini")
    return [
      { item: "Training", cost: "by the hour", note: steps, source: priceList },
      grading(grader),
      limit,
      { item: "Hosting", cost: "by the hour", note: "while a tuned model is deployed, used or not", source: priceList },
      { item: "Answers", cost: "by tokens", note: "reasoning included", source: priceList },
    ];
  const hours = Math.round((budget / prices.trainingHour) * 10) / 10;
  return [
    {
      item: "Training",
      cost: `${dollars(0)} to ${dollars(budget)}`,
      note: `${steps}; the budget pays for ${hours} hours at ${dollars(prices.trainingHour)}, waiting and checks are free`,
      source: costPage,
    },
    grading(grader),
    limit,
    {
      item: "Hosting",
      cost: `${dollars(prices.hostingHour)} per hour`,
      note: `${dollars(prices.hostingHour * 24)} a day while a tuned model is deployed, used or not; nothing on the developer tier`,
      source: costPage,
    },
    {
      item: "Answers",
      cost: `${dollars(prices.outputMillionTokens)} per million tokens`,
      note: `reasoning included; ${dollars(prices.inputMillionTokens)} per million tokens of the question`,
      source: costPage,
    },
  ];
}

const pausingLimit: CostLine = {
  item: "Limit",
  cost: dollars(prices.jobCap),
  note: "there, training and grading together, a job pauses itself; resuming it lifts the limit",
  source: costPage,
};

const noLimit: CostLine = {
  item: "Limit",
  cost: "none",
  note: "jobs of this model are not known to pause by themselves: watch them",
  source: costPage,
};

function grading(grader: Grader): CostLine {
  const models = gradingModels(grader);
  if (models.length === 0)
    return { item: "Grading", cost: dollars(0), note: "the grader calls no model", source: costPage };
  const note = `every answer is read by ${models.join(", ")}`;
  if (!models.every((model) => model.startsWith("o3-mini")))
    return { item: "Grading", cost: "by tokens", note, source: priceList };
  const tokens = gradingTokens(grader);
  const cost = (tokens.input * prices.inputMillionTokens + tokens.output * prices.outputMillionTokens) / 1_000;
  return {
    item: "Grading",
    cost: `${dollars(Math.ceil(cost * 100) / 100)} per 1,000 answers`,
    note: `${note}, about ${tokens.input} tokens in and ${tokens.output} out a time; several answers a problem and pass`,
    source: costPage,
  };
}

/**
 * What a person would guess of the lengths: an answer and a grade in tokens, and four characters of the
 * rubric to a token.
 */
const answerTokens = 1_000;
const gradeTokens = 300;

function gradingTokens(grader: Grader): { input: number; output: number } {
  const judges = gradersIn(grader).filter((part) => part.type === "score_model");
  const characters = judges.flatMap(({ input }) => input).reduce((sum, { content }) => sum + content.length, 0);
  return {
    input: Math.ceil(characters / 4) + judges.length * answerTokens,
    output: judges.length * gradeTokens,
  };
}

function stepsOf(lines: number, { batch_size: batch, n_epochs: epochs }: Hyperparameters = {}): string {
  if (typeof batch !== "number" || typeof epochs !== "number") return "the service chooses the number of steps";
  return `${Math.ceil(lines / batch) * epochs} steps`;
}
