/**
 * `/fine_tuning/jobs`: create, read, list, cancel, pause and resume jobs, and read their events and
 * checkpoints.
 * @module
 */
import { randomInt } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { type FineTuningJob, isFinal } from "../../service/jobs.js";
import { baseModelName, findModelProfile } from "../../service/models.js";
import type { Faults } from "../faults/faults.js";
import { newId, notFound, pageOf, pageQuery, parseRequest, ServiceError, unixSeconds } from "../protocol.js";
import { checkJobQuota } from "../state/quotas.js";
import { type JobRecord, openJobLog, type State } from "../state/state.js";
import type { JobRunner } from "../training/job-runner.js";
import { checkJobRequest } from "./job-request.js";

/** Milliseconds after which asking again for a job that is under way makes sense: about one step. */
const pollAfter = 300;

/** Pages of checkpoints are shorter than others by default. */
const checkpointQuery = pageQuery.extend({ limit: pageQuery.shape.limit.default(10) });

type ById = { Params: { id: string } };

/** Adds the routes under the prefix of `app`. */
export function jobRoutes(app: FastifyInstance, state: State, runner: JobRunner, faults: Faults): void {
  app.post("/fine_tuning/jobs", async (request, reply) => {
    const job = await create(state, request.body);
    const fault = faults.of(request, "job_fails") ?? faults.of(request, "job_pauses");
    if (fault) runner.injectFault(job.id, fault);
    runner.enqueue(job.id);
    return describe(job, reply);
  });

  app.get("/fine_tuning/jobs", async ({ query }) => {
    const pairs = metadataFilter(query as Record<string, unknown>);
    const jobs = state.jobs.newestFirst().map(({ job }) => job);
    const found = jobs.filter(({ metadata }) => pairs.every(([key, value]) => metadata?.[key] === value));
    return pageOf(found, parseRequest(pageQuery, query));
  });

  app.get<ById>("/fine_tuning/jobs/:id", async ({ params }, reply) => describe(findJob(state, params.id).job, reply));

  app.post<ById>("/fine_tuning/jobs/:id/cancel", async ({ params }) => {
    const { job } = findJob(state, params.id);
    refuseUnless(!isFinal(job.status), job, "cancelled");
    return runner.cancel(job.id);
  });

  app.post<ById>("/fine_tuning/jobs/:id/pause", async ({ params }) => {
    const { job } = findJob(state, params.id);
    refuseUnless(
      findModelProfile(baseModelName(job.model))?.canPause === true,
      job,
      "paused: its model does not allow it",
    );
    refuseUnless(
      job.status === "running" && job.trained_tokens !== null,
      job,
      "paused; only a running job can be, after its first step",
    );
    return runner.pause(job.id);
  });

  app.post<ById>("/fine_tuning/jobs/:id/resume", async ({ params }) => {
    const { job } = findJob(state, params.id);
    refuseUnless(job.status === "paused", job, "resumed");
    return runner.resume(job.id);
  });

  app.get<ById>("/fine_tuning/jobs/:id/events", async ({ params, query }) => {
    const { job } = findJob(state, params.id);
    return pageOf(state.events.get(job.id)?.newestFirst() ?? [], parseRequest(pageQuery, query));
  });

  app.get<ById>("/fine_tuning/jobs/:id/checkpoints", async ({ params, query }) =>
    pageOf(findJob(state, params.id).checkpoints, parseRequest(checkpointQuery, query)),
  );
}

function findJob(state: State, id: string): JobRecord {
  const record = state.jobs.get(id);
  if (!record) throw notFound("fine-tuning job", id);
  return record;
}

function refuseUnless(allowed: boolean, { id, status }: FineTuningJob, action: string): void {
  if (allowed) return;
  const message = `The job '${id}' has the status '${status}' and cannot be ${action}.`;
  throw new ServiceError(400, "unexpectedEntityState", message);
}

function describe(job: FineTuningJob, reply: FastifyReply): FineTuningJob {
  if (!isFinal(job.status)) reply.header("openai-poll-after-ms", pollAfter);
  return job;
}

async function create(state: State, body: unknown): Promise<FineTuningJob> {
  const request = checkJobRequest(state, body);
  checkJobQuota(state);
  const job: FineTuningJob = {
    id: newId("ftjob"),
    object: "fine_tuning.job",
    status: "pending",
    model: request.model,
    fine_tuned_model: null,
    created_at: unixSeconds(),
    finished_at: null,
    estimated_finish: null,
    training_file: request.training_file,
    validation_file: request.validation_file,
    result_files: null,
    trained_tokens: null,
    error: null,
    seed: request.seed ?? randomInt(2 ** 31 - 1),
    trainingType: request.trainingType,
    user_provided_suffix: request.suffix ?? null,
    metadata: request.metadata ?? null,
    method: request.method,
    organization_id: null,
    hyperparameters: null,
    integrations: null,
    usage_metrics: null,
    shared_with_openai: false,
    eval_id: null,
  };
  const log = await openJobLog(state, job.id);
  await log.message(
    "info",
    "This is the local emulator: it trains a language model of about 200,000 parameters on this machine, and nothing is billed.",
  );
  await state.jobs.put({ job, checkpoints: [], weights: {}, events: log.length });
  return job;
}

/** The pairs of `metadata[key]=value` in a query. */
function metadataFilter(query: Record<string, unknown>): [string, unknown][] {
  return Object.entries(query).flatMap(([name, value]) => {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, value] as [string, unknown]];
  });
}
