import { defineConfig } from "vitest/config";
import common from "./vitest.config.mjs";

/** The fuzzer over many more inputs than a run of the tests can afford. */
export default defineConfig({
  test: {
    ...common.test,
    include: ["grader/fuzz.test.ts"],
    env: { FUZZ_INPUTS: process.env.FUZZ_INPUTS ?? "200000" },
  },
});
