/**
 * `/files`: uploads, which are checked after the answer, and the result files of jobs.
 * @module
 */
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { fastifyMultipart, type MultipartFile } from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { temporaryPath } from "../atomic-write.js";
import { messageOf } from "../errors.js";
import type { FileDeleted, FileObject } from "../service/files.js";
import { isFinal } from "../service/jobs.js";
import { trainingFileLimits } from "../service/training-file.js";
import { checkUpload } from "./check-upload.js";
import type { Faults } from "./faults.js";
import { newId, unixSeconds } from "./ids.js";
import { pageOf, pageQuery } from "./listing.js";
import { parseRequest } from "./parse.js";
import { invalidParameter, notFound, ServiceError } from "./service-error.js";
import type { State } from "./state.js";

/** Milliseconds after which asking again for a file that is being checked makes sense. */
const pollAfter = 50;

const listQuery = pageQuery.extend({ purpose: z.string().optional() });

/** Adds the routes under the prefix of `app`. */
export function fileRoutes(app: FastifyInstance, state: State, faults: Faults): void {
  app.register(fastifyMultipart, {
    limits: { fileSize: trainingFileLimits.maximumBytes, files: 1, fields: 10 },
  });

  app.post("/files", async (request, reply) => {
    const file = await receive(state, request);
    state.tasks.start(() => check(state, file, faults.of(request, "file_error")?.message));
    return describe(file, reply);
  });

  app.get("/files", async (request) => {
    const { purpose, ...page } = parseRequest(listQuery, request.query);
    return pageOf(
      state.files.newestFirst().filter((file) => !purpose || file.purpose === purpose),
      page,
    );
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

/** The file with this id. Throws a 404. */
export function findFile(state: State, id: string): FileObject {
  const file = state.files.get(id);
  if (!file) throw notFound("file", id);
  return file;
}

/** Starts the check of the files that were waiting for it when the process last ended. */
export function checkPendingFiles(state: State): void {
  for (const file of state.files.newestFirst()) {
    if (file.status === "pending") state.tasks.start(() => check(state, file));
  }
}

function describe(file: FileObject, reply: FastifyReply): FileObject {
  if (file.status === "pending") reply.header("openai-poll-after-ms", pollAfter);
  return file;
}

async function receive(state: State, request: FastifyRequest): Promise<FileObject> {
  const id = newId("file");
  const path = state.paths.upload(id);
  const temporary = temporaryPath(path);
  try {
    let purpose: unknown;
    let filename: string | undefined;
    for await (const part of request.parts()) {
      if (part.type === "file") filename = await store(part, temporary);
      else if (part.fieldname === "purpose") purpose = part.value;
    }
    if (purpose !== "fine-tune")
      throw invalidParameter("purpose", "The emulator takes files of the purpose 'fine-tune' only.");
    if (filename === undefined) throw invalidParameter("file", "The request holds no file.");
    await rename(temporary, path);
    const { size } = await stat(path);
    const file: FileObject = {
      id,
      object: "file",
      bytes: size,
      created_at: unixSeconds(),
      filename,
      purpose,
      status: "pending",
      status_details: null,
    };
    await state.files.put(file);
    return file;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function store(part: MultipartFile, path: string): Promise<string> {
  await pipeline(part.file, createWriteStream(path));
  if (part.file.truncated) {
    const { maximumBytes } = trainingFileLimits;
    throw new ServiceError(
      413,
      "invalidPayload",
      `The file is larger than the limit of ${maximumBytes / 1e6} MB.`,
      "file",
    );
  }
  return part.filename;
}

async function check(state: State, file: FileObject, plannedFault?: string): Promise<void> {
  const found = checkUpload(state.paths.upload(file.id)).catch(
    (error: unknown) => `The emulator could not read the file: ${messageOf(error)}`,
  );
  const fault = plannedFault ?? (await found);
  if (!state.files.get(file.id)) return;
  await state.files.put({ ...file, status: fault === null ? "processed" : "error", status_details: fault });
}
