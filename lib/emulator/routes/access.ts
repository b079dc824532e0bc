/**
 * Access is for programs on this machine that know the key, not for web pages in the reader's browser.
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { armOrigin } from "../../service/wire.js";
import { ServiceError } from "../protocol.js";

const localHosts = new Set(["127.0.0.1", "localhost", "[::1]", new URL(armOrigin).hostname]);

/**
 * Refuses requests that carry an Origin or a Host that is not local (403), so that no web page reaches the
 * emulator, not even by DNS rebinding, and requests without the key (401), which may come as `api-key` or as
 * bearer token.
 */
export function guardAccess(app: FastifyInstance, apiKey: string): void {
  const expected = digest(apiKey);
  app.addHook("onRequest", async (request) => {
    if (request.headers.origin !== undefined)
      throw new ServiceError(
        403,
        "forbidden",
        "The emulator does not answer web pages: a request must carry no Origin.",
      );
    if (!localHosts.has((request.headers.host ?? "").toLowerCase().replace(/:\d+$/, "")))
      throw new ServiceError(403, "forbidden", "The emulator answers under 127.0.0.1 and localhost only.");
    if (!timingSafeEqual(digest(sentKey(request)), expected))
      throw new ServiceError(401, "401", "Access denied: send the emulator's key as 'api-key' or as bearer token.");
  });
}

function sentKey({ headers }: FastifyRequest): string {
  const key = headers["api-key"];
  return typeof key === "string" ? key : (headers.authorization ?? "").replace(/^Bearer /i, "");
}

/** Digests have one length, so comparing them tells nothing about the key. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
