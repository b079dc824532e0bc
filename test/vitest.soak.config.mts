import { defineConfig } from "vitest/config";
import common from "./vitest.config.mjs";

/** What goes wrong by chance, over many more chances than a run of the tests can afford: the fuzzer's inputs, fault plans, and kills. */
export default defineConfig({
  test: {
    ...common.test,
    include: [
      "grader/fuzz.test.ts",
      "grader/mutation.test.ts",
      "job/faults.test.ts",
      "emulator/kill.test.ts",
      "emulator/fuzz.test.ts",
      "kills.soak.ts",
      "browser/stops.test.ts",
    ],
    exclude: [],
    env: {
      FUZZ_INPUTS: process.env.FUZZ_INPUTS ?? "200000",
      MUTANTS: process.env.MUTANTS ?? "200000",
      FAULT_PLANS: process.env.FAULT_PLANS ?? "500",
      STOPS: process.env.STOPS ?? "50",
      HTTP_REQUESTS: process.env.HTTP_REQUESTS ?? "10000",
      DAMAGES: process.env.DAMAGES ?? "500",
      KILLS: process.env.KILLS ?? "20",
    },
  },
});
