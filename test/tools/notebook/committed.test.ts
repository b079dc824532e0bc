import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { faultsOf } from "../../../dist/tools/notebook/check-committed.js";
import { readNotebook } from "../../../dist/tools/notebook/notebook.js";
import { projectRoot } from "../../../dist/util/assets.js";

test("the committed notebook carries the outputs of its own code; npm run refresh mends it", async () => {
  const file = join(projectRoot, "rft_math_reasoning.ipynb");
  expect(faultsOf(await readNotebook(file), await readFile(file, "utf8"))).toEqual([]);
});
