import { defineConfig } from "vitest/config";
import common from "./vitest.config.mjs";

/** The notebook and its page in a real browser and a real Jupyter server. */
export default defineConfig({
  test: { ...common.test, include: ["browser/**/*.test.ts"], exclude: [] },
});
