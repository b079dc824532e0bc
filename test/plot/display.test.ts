import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Kernel, type OutputMessage, startKernel } from "../../dist/tools/notebook/kernel.js";
import { projectRoot } from "../../dist/util/assets.js";

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ cwd: projectRoot });
});
afterAll(() => kernel.shutdown());

async function run(code: string): Promise<OutputMessage[]> {
  const outputs: OutputMessage[] = [];
  const { status } = await kernel.execute(code, (message) => outputs.push(message));
  expect(outputs.filter(({ type }) => type === "stream")).toEqual([]);
  expect(status).toBe("ok");
  return outputs;
}

function bundleOf(message: OutputMessage | undefined): Record<string, unknown> {
  return message && "data" in message.content ? message.content.data : {};
}

const figureCode = `
import { rewardFigure } from "./dist/plot/curves.js";
import { showFigure } from "./dist/plot/show-figure.js";
showFigure(rewardFigure({ jobId: "</script>", points: [] }));`;

describe("displays in the notebook kernel", () => {
  test("brings plotly.js once and every figure in all forms", async () => {
    const [library, figure, ...more] = await run(figureCode);
    expect(more).toEqual([]);
    expect(bundleOf(library)["text/html"]).toMatch(/^<!-- plotly\.js --><script>/);
    const bundle = bundleOf(figure);
    expect(bundle["text/plain"]).toMatch(/^No reward has been reported yet\./);
    expect(bundle["application/vnd.plotly.v1+json"]).toMatchObject({
      data: [{ name: "training" }, { name: "validation" }],
      layout: { title: { text: "No reward has been reported yet" } },
    });
    expect(bundle["text/html"]).toMatch(/<div id="(figure-[^"]+)" role="img"[\s\S]*getElementById\("\1"\)/);
    const again = await run('showFigure(rewardFigure({ jobId: "", points: [] }))');
    expect(again.map((message) => Object.keys(bundleOf(message)))).toEqual([Object.keys(bundle)]);
  });

  test("shows a table and Markdown with their text beside them", async () => {
    const outputs = await run(`
import { showTable } from "./dist/plot/table.js";
import { showMarkdown } from "./dist/plot/display.js";
showTable([{ a: 1 }]);
showMarkdown("**bold**");`);
    expect(outputs.map((message) => Object.keys(bundleOf(message)))).toEqual([
      ["text/html", "text/plain"],
      ["text/markdown", "text/plain"],
    ]);
  });

  test("shows a progress bar at once, and updates it in place", async () => {
    const outputs = await run(`
import { progressBar } from "./dist/plot/progress.js";
const report = progressBar("Asking");
for (let done = 0; done <= 1000; done++) report({ done, total: 1000 });`);
    expect(outputs.map(({ type }) => type)).toEqual(["display_data", ...Array(101).fill("update_display_data")]);
    const ids = outputs.map(({ content }) => ("transient" in content ? content.transient.display_id : undefined));
    expect(new Set(ids).size).toBe(1);
    expect(bundleOf(outputs[0])["text/plain"]).toBe("Asking …");
    expect(bundleOf(outputs.at(-1))["text/plain"]).toContain("100\u00a0% (1,000 of 1,000)");
  });

  test("updates a job's table in place", async () => {
    const outputs = await run(`
import { trainingView } from "./dist/plot/progress.js";
const view = trainingView();
const curve = { jobId: "", points: [] };
for (const status of ["queued", "queued", "running"]) view({ job: { status, estimated_finish: null } as never, events: [], curve });`);
    expect(outputs.map(({ type }) => type)).toEqual(["display_data", "update_display_data"]);
    expect(bundleOf(outputs.at(-1))).toEqual({
      "text/html": expect.stringContaining(">running</td>"),
      "text/plain": "status: running",
    });
  });
});
