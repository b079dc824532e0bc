import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    dir: "test",
    include: ["**/*.test.ts"],
    // They need Chromium and Jupyter: npm run test:browser.
    exclude: ["browser/**"],
    // The tests exercise the built package, as the notebook does: one copy of every module.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
});
