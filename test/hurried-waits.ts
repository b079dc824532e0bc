/**
 * Waits that pass a hundred times as fast, for tests of what happens after minutes.
 * @module
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { vi } from "vitest";
import { projectRoot } from "../dist/util/assets.js";

/** The module as the built files load it. */
const timers = createRequire(join(projectRoot, "package.json"))(
  "node:timers/promises",
) as typeof import("node:timers/promises");

/** Shortens every wait of this process that is awaited, until the test file ends. */
export function hurryWaits(factor = 100): void {
  const { setTimeout: wait } = timers;
  vi.spyOn(timers, "setTimeout").mockImplementation((milliseconds = 0, ...rest) =>
    wait(milliseconds / factor, ...rest),
  );
}
