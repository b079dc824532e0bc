/**
 * The body of an upload, streamed to disk.
 * @module
 */
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { MultipartFile } from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { FileObject } from "../../service/files.js";
import { trainingFileLimits } from "../../service/training-file.js";
import { temporaryPath } from "../../util/files.js";
import { newId, unixSeconds } from "../state/ids.js";
import { checkFileQuota } from "../state/quotas.js";
import type { State } from "../state/state.js";
import { parseRequest } from "./parse.js";
import { ServiceError } from "./service-error.js";

/** Source: Azure OpenAI v1 reference, "Files"; a file is kept for 14 to 30 days where it shall expire. */
const uploadForm = z.object({
  purpose: z.literal("fine-tune", "must be 'fine-tune': the emulator takes no other files"),
  file: z.string("must be a file"),
  "expires_after[anchor]": z.literal("created_at").optional(),
  "expires_after[seconds]": z.coerce.number().int().min(1_209_600).max(2_592_000).optional(),
});

/**
 * Stores an uploaded file and returns it, `pending`. Its name is kept as a text; on disk the file has a name of the emulator's own.
 * Throws an invalid-parameter error, 413 for a file above the service's limit, and `quotaExceeded`.
 */
export async function receiveFile(state: State, request: FastifyRequest): Promise<FileObject> {
  checkFileQuota(state);
  const id = newId("file");
  const path = state.paths.upload(id);
  const temporary = temporaryPath(path);
  try {
    const fields: Record<string, unknown> = {};
    for await (const part of request.parts()) {
      fields[part.fieldname] = part.type === "file" ? await store(part, temporary) : part.value;
    }
    const { purpose, file: filename, "expires_after[seconds]": lifetime } = parseRequest(uploadForm, fields);
    await rename(temporary, path);
    const created = unixSeconds();
    const file: FileObject = {
      id,
      object: "file",
      bytes: (await stat(path)).size,
      created_at: created,
      ...(lifetime === undefined ? {} : { expires_at: created + lifetime }),
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
  if (!part.file.truncated) return part.filename;
  const message = `The file is larger than the limit of ${trainingFileLimits.maxBytes / 1e6} MB.`;
  throw new ServiceError(413, "invalidPayload", message, "file");
}
