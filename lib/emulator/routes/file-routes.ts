/**
 * `/files`: uploads, which are streamed to disk and checked after the reply, and the result files of jobs.
 * @module
 */
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { fastifyMultipart, type MultipartFile } from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { isFinal } from "../../service/jobs.js";
import { trainingFileLimits } from "../../service/training-file.js";
import type { FileDeleted, FileObject } from "../../service/wire.js";
import { messageOf } from "../../util/errors.js";
import { isDiskFull, temporaryPath } from "../../util/files.js";
import { hashFile } from "../../util/hash.js";
import type { Faults } from "../faults/faults.js";
import {
  invalidParameter,
  newId,
  notFound,
  pageOf,
  pageQuery,
  parseRequest,
  ServiceError,
  unixSeconds,
} from "../protocol.js";
import { checkFileQuota } from "../state/quotas.js";
import { checkContent, type FileRecord, type State } from "../state/state.js";
import { checkUpload } from "../training/check-files.js";

/** Milliseconds after which asking again for a file that is being checked makes sense. */
const pollAfter = 50;

/** Newest first unless `order` is `asc`. */
const listQuery = pageQuery.extend({ order: z.enum(["asc", "desc"]).default("desc"), purpose: z.string().optional() });

/** Source: Azure OpenAI v1 reference, "Files"; a file that expires is kept for 14 to 30 days. */
const uploadForm = z.object({
  purpose: z.literal("fine-tune", "must be 'fine-tune': the emulator takes no other files"),
  file: z.string("must be a file with a name"),
  "expires_after[anchor]": z.literal("created_at").optional(),
  "expires_after[seconds]": z.coerce.number().int().min(1_209_600).max(2_592_000).optional(),
});

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
    const found = state.files
      .newestFirst()
      .map(withoutChecksum)
      .filter((file) => !purpose || file.purpose === purpose);
    return pageOf(order === "asc" ? found.reverse() : found, page);
  });

  app.get<{ Params: { id: string } }>("/files/:id", async ({ params }, reply) =>
    describe(findFile(state, params.id), reply),
  );

  app.get<{ Params: { id: string } }>("/files/:id/content", async ({ params }, reply) => {
    const file = findFile(state, params.id);
    await checkContent(state, file.id);
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

function findFile(state: State, id: string): FileRecord {
  const file = state.files.get(id);
  if (!file) throw notFound("file", id);
  return file;
}

/**
 * Stores an uploaded file and returns it, `pending`. The name that the client gave is only text: on disk the
 * file is called by its id. Throws an invalid-parameter error, 413 for a file above the service's limit, and
 * `quotaExceeded`.
 */
async function receiveFile(state: State, request: FastifyRequest): Promise<FileRecord> {
  checkFileQuota(state);
  const id = newId("file");
  const path = state.paths.upload(id);
  const temporary = temporaryPath(path);
  try {
    const fields = await readForm(request, temporary);
    const { purpose, file: filename, "expires_after[seconds]": lifetime } = parseRequest(uploadForm, fields);
    const sha256 = await hashFile(temporary);
    await rename(temporary, path);
    const created = unixSeconds();
    const file: FileRecord = {
      id,
      object: "file",
      bytes: (await stat(path)).size,
      created_at: created,
      ...(lifetime === undefined ? {} : { expires_at: created + lifetime }),
      filename,
      purpose,
      status: "pending",
      status_details: null,
      sha256,
    };
    await state.files.put(file);
    return file;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * The fields of a form; its file goes to `path`, and the field `file` is the file's name. Throws an
 * invalid-parameter error where the form is not whole.
 */
async function readForm(request: FastifyRequest, path: string): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === "file") fields[part.fieldname] = await store(part, path);
      else if (part.fieldname !== "file") fields[part.fieldname] = part.value;
    }
  } catch (error) {
    const { statusCode, syscall } = error as { statusCode?: number; syscall?: string };
    if (error instanceof ServiceError || statusCode !== undefined || syscall !== undefined) throw error;
    throw invalidParameter(
      "body",
      `The form cannot be read: ${messageOf(error)}. Send it whole, as multipart/form-data.`,
    );
  }
  return fields;
}

async function store(part: MultipartFile, path: string): Promise<string> {
  await pipeline(part.file, createWriteStream(path));
  if (!part.file.truncated) return part.filename;
  const message = `The file is larger than the limit of ${trainingFileLimits.maxBytes / 1e6} MB.`;
  throw new ServiceError(413, "invalidPayload", message, "file");
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

function describe(file: FileRecord, reply: FastifyReply): FileObject {
  if (isUnchecked(file)) reply.header("openai-poll-after-ms", pollAfter);
  return withoutChecksum(file);
}

function withoutChecksum({ sha256, ...file }: FileRecord): FileObject {
  return file;
}

async function check(state: State, file: FileRecord, plannedFault?: string): Promise<void> {
  await state.files.put({ ...file, status: "running" });
  const found = checkContent(state, file.id).then(() => checkUpload(state.paths.upload(file.id)));
  const fault =
    plannedFault ??
    (await found.catch((error: unknown) => {
      if (isDiskFull(error)) throw error;
      return `The emulator could not read the file: ${messageOf(error)}`;
    }));
  if (!state.files.get(file.id)) return;
  await state.files.put({ ...file, status: fault === null ? "processed" : "error", status_details: fault });
}
