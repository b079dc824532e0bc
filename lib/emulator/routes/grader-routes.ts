/**
 * `/fine_tuning/alpha/graders`: check a grader, and try it on one sample.
 * @module
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { runGrader } from "../../grader/run-grader.js";
import type { GraderSandbox } from "../../grader/sandbox.js";
import { validateGrader } from "../../grader/validate-grader.js";
import type { Grader, GraderRun } from "../../service/graders.js";
import { UserError } from "../../util/errors.js";
import { invalidParameter, parseRequest } from "../protocol.js";

const runRequest = z.object({
  grader: z.unknown(),
  model_sample: z.string(),
  item: z.record(z.string(), z.unknown()).default({}),
});

/** Adds the routes under the prefix of `app`; graders run in `sandbox`. */
export function graderRoutes(app: FastifyInstance, sandbox: GraderSandbox): void {
  app.post("/fine_tuning/alpha/graders/validate", async ({ body }) => ({
    grader: checkGrader((body as { grader?: unknown } | null)?.grader, "grader"),
  }));

  app.post("/fine_tuning/alpha/graders/run", async ({ body }): Promise<GraderRun> => {
    const request = parseRequest(runRequest, body);
    const grader = checkGrader(request.grader, "grader");
    try {
      const [run] = await runGrader(sandbox, grader, [{ outputText: request.model_sample, item: request.item }]);
      return run as GraderRun;
    } catch (error) {
      throw error instanceof UserError ? invalidParameter("grader", error.message) : error;
    }
  });
}

/**
 * The grader, if it is valid. Throws an invalid-parameter error about the first fault; `param` begins with
 * `path`.
 */
export function checkGrader(grader: unknown, path: string): Grader {
  const [fault] = validateGrader(grader);
  if (!fault) return grader as Grader;
  const param = fault.path === "" ? path : `${path}.${fault.path}`;
  throw invalidParameter(param, `Invalid '${param}': ${fault.message} ${fault.remedy}`);
}
