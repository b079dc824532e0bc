/**
 * `/files`: uploads, which are checked after the answer, and the result files of jobs.
 * @module
 */
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { fastifyMultipart } from "@fastify/multipart";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { FileDeleted, FileObject } from "../../service/files.js";
import { isFinal } from "../../service/jobs.js";
import { trainingFileLimits } from "../../service/training-file.js";
import { messageOf } from "../../util/errors.js";
import type { Faults } from "../faults/faults.js";
import type { State } from "../state/state.js";
import { checkUpload } from "../training/check-upload.js";
import { orderedPageQuery, pageOf } from "./listing.js";
import { parseRequest } from "./parse.js";
import { receiveFile } from "./receive-file.js";
import { notFound, ServiceError } from "./service-error.js";

/** Milliseconds after which asking again for a file that is being checked makes sense. */
const pollAfter = 50;

const listQuery = orderedPageQuery.extend({ purpose: z.string().optional() });

/** Adds the routes under the prefix of `app`. */
export function fileRoutes(app: FastifyInstance, state: State, faults: Faults): void {
  app.register(fastifyMultipart, {
    limits: { fileSize: trainingFileLimits.maxBytes, files: 1, fields: 10 },
  });

  app.post("/files", async (request, reply) => {
    const file = await receiveFile(state, request);
    state.tasks.start(() => check(state, file, faults.of(request, "file_error")?.message));
    return describe(file, reply);
  });

  app.get("/files", async (request) => {
    const { purpose, order, ...page } = parseRequest(listQuery, request.query);
    const found = state.files.newestFirst().filter((file) => !purpose || file.purpose === purpose);
    return pageOf(order === "asc" ? found.reverse() : found, page);
  });

  app.get<{ Params: { id: string } }>("/files/:id", async ({ params }, reply) =>
    describe(findFile(state, params.id), reply),
  );

  app.get<{ Params: { id: string } }>("/files/:id/content", async ({ params }, reply) => {
    const file = findFile(state, params.id);
    return reply.type("application/octet-stream").send(createReadStream(state.paths.upload(file.id)));
  });

  app.delete<{ Params: { id: string } }>("/files/:id", async ({ params }): Promise<FileDeleted> => {
    const { id } = findFile(state, params.id);
    const user = state.jobs
      .newestFirst()
      .find(({ job }) => !isFinal(job.status) && [job.training_file, job.validation_file].includes(id));
    if (user)
      throw new ServiceError(409, "conflict", `The job ${user.job.id} still uses the file '${id}'; cancel it first.`);
    await state.files.delete(id);
    await rm(state.paths.upload(id), { force: true });
    return { id, object: "file", deleted: true };
  });
}

function findFile(state: State, id: string): FileObject {
  const file = state.files.get(id);
  if (!file) throw notFound("file", id);
  return file;
}

/** Starts the check of the files that were waiting for it when the process last ended. */
export function checkPendingFiles(state: State): void {
  for (const file of state.files.newestFirst()) {
    if (isUnchecked(file)) state.tasks.start(() => check(state, file));
  }
}

function isUnchecked({ status }: FileObject): boolean {
  return status === "pending" || status === "running";
}

function describe(file: FileObject, reply: FastifyReply): FileObject {
  if (isUnchecked(file)) reply.header("openai-poll-after-ms", pollAfter);
  return file;
}

async function check(state: State, file: FileObject, plannedFault?: string): Promise<void> {
  await state.files.put({ ...file, status: "running" });
  const found = checkUpload(state.paths.upload(file.id)).catch(
    (error: unknown) => `The emulator could not read the file: ${messageOf(error)}`,
  );
  const fault = plannedFault ?? (await found);
  if (!state.files.get(file.id)) return;
  await state.files.put({ ...file, status: fault === null ? "processed" : "error", status_details: fault });
}
