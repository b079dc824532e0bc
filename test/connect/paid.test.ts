import { expect, test } from "vitest";
import { requirePaidJobs } from "../../dist/connect/paid.js";
import { RunEndsHere } from "../../dist/util/errors.js";
import { settingsFor } from "../job/service.js";

const azure = settingsFor("https://res.openai.azure.com", "key");

test("ends the run on Azure unless paid steps are allowed, and says how to allow them", () => {
  const settings = { ...azure, runPaidJobs: false };
  expect(() => requirePaidJobs({ settings }, "Training")).toThrow(RunEndsHere);
  expect(() => requirePaidJobs({ settings }, "Training")).toThrow(/^Training costs money.*RUN_PAID_JOBS=true/);
});

test("lets the run go on where they are allowed, and always on the local backend", () => {
  requirePaidJobs({ settings: azure }, "Training");
  requirePaidJobs({ settings: { ...azure, backend: "local", runPaidJobs: false } }, "Training");
});
