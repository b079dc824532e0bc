import { defineConfig } from "vitest/config";
import common from "./vitest.config.mjs";

/** The notebook and its page in a real browser and a real Jupyter server, one file at a time: each has several programs at work. */
export default defineConfig({
  test: { ...common.test, include: ["browser/**/*.test.ts"], exclude: [], maxWorkers: 1 },
});
