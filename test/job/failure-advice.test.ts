import { expect, test } from "vitest";
import { failureAdvice } from "../../dist/job/failure-advice.js";

test.each([
  [{ code: "invalid_training_file", message: "line 3: the last message is not the user's" }, /prepare the data again/],
  [{ code: "jsonlValidationFailed", message: "bad" }, /prepare the data again/],
  [{ code: "training_failed", message: "The grader failed on all answers: KeyError: 'solution'" }, /runRemoteGrader/],
  [{ code: "x", message: "The model did not pass the safety evaluation." }, /safety check/],
  [{ code: "quotaExceeded", message: "" }, /another job to end/],
  [{ code: "server_error", message: "Internal error." }, /submit the job again.*150 MB/],
  [{}, /Foundry portal/],
])("says what to do about %j", (error, advice) => {
  expect(failureAdvice(error)).toMatch(advice);
});
