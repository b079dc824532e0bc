import { createRequire } from "node:module";
import { join } from "node:path";
import { RestError } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import {
  createOnce,
  delayAfter,
  isConflict,
  isRetryable,
  pollDelay,
  wasNotProcessed,
  withRetry,
} from "../../dist/connect/retry.js";
import { projectRoot } from "../../dist/util/assets.js";
import { NetworkError, UserError } from "../../dist/util/errors.js";

/** The SDK as the built modules load it: its other build has error classes of its own. */
const { OpenAI } = createRequire(join(projectRoot, "package.json"))("openai") as typeof import("openai");

function refusal(status: number, message = "no", headers: Record<string, string> = {}): Error {
  return OpenAI.APIError.generate(status, { error: { message } }, undefined, new Headers(headers));
}

const soon = (status: number) => refusal(status, "wait", { "retry-after-ms": "1" });

function unknownHost(): Error {
  const cause = Object.assign(new Error("getaddrinfo ENOTFOUND nobody.openai.azure.com"), { code: "ENOTFOUND" });
  return new OpenAI.APIConnectionError({ cause });
}

/** Fails with each of the errors in turn, then answers with the number of questions. */
function failing(errors: Error[]): { ask: () => Promise<number>; asked: () => number } {
  let questions = 0;
  return {
    asked: () => questions,
    ask: async () => {
      const error = errors[questions];
      questions += 1;
      if (error) throw error;
      return questions;
    },
  };
}

describe("withRetry", () => {
  test("asks again while the service is busy, loses its answer or cuts it off", async () => {
    const cutOff = new SyntaxError("Unexpected end of JSON input");
    const errors = [cutOff, refusal(401, "The token has expired."), soon(503), soon(429), soon(408), soon(500)];
    expect(await withRetry(failing(errors).ask)).toBe(7);
  });

  test("tells of every failure that it waits out", async () => {
    const told: unknown[] = [];
    const errors = [soon(503), soon(500)];
    await withRetry(failing(errors).ask, { onFailure: (error) => told.push(error) });
    expect(told).toEqual(errors);
  });

  test.each([refusal(400), refusal(401, "wrong key"), refusal(403), refusal(404), refusal(409), new UserError("no")])(
    "does not repeat what %s says: waiting does not cure it",
    async (error) => {
      const { ask, asked } = failing([error]);
      await expect(withRetry(ask)).rejects.toBe(error);
      expect(asked()).toBe(1);
    },
  );

  test("gives up when its time is over, with the last reason", async () => {
    const never = failing(Array.from({ length: 99 }, () => soon(503)));
    await expect(withRetry(never.ask, { minutes: 0.001 })).rejects.toThrow(/has not answered.*\n\(503 wait\)/);
  });

  test("takes an address that never answered for misspelt, and one that did for a network that is away", async () => {
    const errors = Array.from({ length: 4 }, unknownHost);
    await expect(withRetry(failing(errors).ask)).rejects.toThrow(
      /AZURE_OPENAI_ENDPOINT.*in \.env[\s\S]*nobody\.openai/,
    );
    expect(await withRetry(failing(errors).ask, { hasAnswered: true })).toBe(5);
  });

  test("ends with the signal, also while it waits", async () => {
    const controller = new AbortController();
    const onFailure = () => controller.abort(new Error("enough"));
    const asking = withRetry(failing([refusal(503, "later", { "retry-after": "60" })]).ask, {
      signal: controller.signal,
      onFailure,
    });
    await expect(asking).rejects.toThrow();
  });
});

test("knows which failures leave nothing done, and which leave it open", () => {
  for (const error of [soon(429), refusal(401, "Access denied: the access token has expired.")]) {
    expect(isRetryable(error)).toBe(true);
    expect(wasNotProcessed(error)).toBe(true);
  }
  for (const error of [refusal(400), refusal(401, "wrong key"), refusal(409)]) {
    expect(isRetryable(error)).toBe(false);
    expect(wasNotProcessed(error)).toBe(false);
  }
  for (const error of [soon(500), new OpenAI.APIConnectionTimeoutError(), new SyntaxError("half")]) {
    expect(isRetryable(error)).toBe(true);
    expect(wasNotProcessed(error)).toBe(false);
  }
});

test("takes a conflict for one whichever SDK reports it, and for no answer that is worth another try by itself", () => {
  const ofArm = new RestError("busy", { statusCode: 409 });
  for (const error of [refusal(409), ofArm]) {
    expect(isConflict(error)).toBe(true);
    expect(isRetryable(error)).toBe(false);
  }
  expect([refusal(429), new RestError("gone"), new Error("409")].map(isConflict)).toEqual([false, false, false]);
});

test("takes the errors of both SDKs alike", () => {
  expect(isRetryable(new RestError("no answer"))).toBe(true);
  expect(isRetryable(new RestError("half an answer", { statusCode: 200 }))).toBe(true);
  expect(isRetryable(new RestError("busy", { statusCode: 503 }))).toBe(true);
  expect(isRetryable(new RestError("no", { statusCode: 404 }))).toBe(false);
  expect(wasNotProcessed(new RestError("busy", { statusCode: 429 }))).toBe(true);
});

describe("createOnce", () => {
  /** Something that is created by the request of number `made`, whose answer is lost as those before it. */
  function creation({ made, shownAfter = 0 }: { made: number; shownAfter?: number }) {
    let [requests, looks] = [0, 0];
    const find = async (): Promise<string | undefined> => {
      looks += 1;
      return requests >= made && looks > shownAfter ? "it" : undefined;
    };
    const create = async (): Promise<string> => {
      requests += 1;
      throw soon(500);
    };
    return { options: { what: "the thing", find, create, settleMilliseconds: 300 }, requests: () => requests };
  }

  test("finds what a request made whose answer was lost, and does not ask for it again", async () => {
    const { options, requests } = creation({ made: 1, shownAfter: 1 });
    expect(await createOnce(options)).toBe("it");
    expect(requests()).toBe(1);
  });

  test("asks again where nothing was made, five times at most", async () => {
    const second = creation({ made: 2 });
    expect(await createOnce({ ...second.options, settleMilliseconds: 1 })).toBe("it");
    expect(second.requests()).toBe(2);
    const never = creation({ made: 99 });
    const lost = createOnce({ ...never.options, settleMilliseconds: 1 });
    await expect(lost).rejects.toThrow(NetworkError);
    await expect(lost).rejects.toThrow(/lost the thing 5 times: 500 wait/);
    expect(never.requests()).toBe(5);
  });

  test("does not look for what the service was too busy to take, and passes on a refusal", async () => {
    const { options } = creation({ made: 99 });
    const find = () => Promise.reject(new Error("looked"));
    const answers = [soon(429), refusal(400, "no")];
    const create = async () => Promise.reject(answers.shift());
    await expect(createOnce({ ...options, find, create })).rejects.toThrow("400 no");
    expect(answers).toEqual([]);
  });
});

test("waits twice as long after every failure, up to half a minute, or as long as it is told", () => {
  const delays = Array.from({ length: 20 }, (_, index) => delayAfter(new Error(), index + 1));
  expect(delays.slice(0, 4)).toEqual([100, 200, 400, 800]);
  expect(delays.at(-1)).toBe(30_000);
  expect(delayAfter(refusal(503, "", { "retry-after": "7" }), 1)).toBe(7_000);
});

const delayFor = (headers: Record<string, string>) => pollDelay((name) => headers[name], 5_000);

test.each([
  [{ "openai-poll-after-ms": "300", "retry-after": "9" }, 300],
  [{ "retry-after-ms": "40", "retry-after": "9" }, 40],
  [{ "retry-after": "2" }, 2_000],
])("waits as %j asks: %i ms", (headers, expected) => {
  expect(delayFor(headers as Record<string, string>)).toBe(expected);
});

test("waits its own time where the reply asks for none, or for a date", () => {
  expect(delayFor({})).toBe(5_000);
  expect(delayFor({ "retry-after": "Sun, 22 Nov 2026 12:00:00 GMT" })).toBe(5_000);
});

test("makes no busy loop of a 0", () => {
  expect(delayFor({ "retry-after": "0" })).toBe(20);
});
