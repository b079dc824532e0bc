/** The stop button of a real Jupyter, pressed at random moments of a whole run of the notebook. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { seededRandom } from "../../dist/util/random.js";
import { codeCells, freshProject, notebookName } from "../cookbook.js";
import { openPage } from "./chromium.js";
import { notebookFile } from "./executed.js";
import { type NotebookPage, startJupyter, waitForKernel } from "./jupyter.js";

/** Five with every run of the tests; the soak asks for more. */
const stopCount = Number(process.env.STOPS ?? 5);
/** The stops fall into the first so many milliseconds of a run. */
const stoppedTime = 120_000;

interface Reply {
  status: string;
  text: string;
}

interface JupyterMessage {
  content: { text?: string; data?: Record<string, string>; status?: string; execution_state?: string };
}

/** Runs in the page: sends a cell to the kernel, and returns its reply with all the text that it printed. */
async function execute(source: string): Promise<Reply> {
  const { kernel } = (globalThis as unknown as Required<NotebookPage>).Jupyter.notebook;
  let text = "";
  const output = ({ content }: JupyterMessage): void => {
    text += content.text ?? content.data?.["text/plain"] ?? "";
  };
  return new Promise((resolve) => {
    let reply: string | undefined;
    let isIdle = false;
    const settle = (): void => {
      if (reply !== undefined && isIdle) resolve({ status: reply, text });
    };
    const callbacks = {
      shell: {
        reply: ({ content }: JupyterMessage): void => {
          reply = content.status;
          settle();
        },
      },
      iopub: {
        output,
        status: ({ content }: JupyterMessage): void => {
          isIdle = content.execution_state === "idle";
          settle();
        },
      },
    };
    kernel?.execute(source, callbacks, { silent: false });
  });
}

function findingsIn(summary: string): string[] {
  return summary.match(/^(Data|Result|Hacking) .*$/gm) ?? [];
}

test(`stopped ${stopCount} times and run on, the notebook finds what it finds undisturbed, in one kernel`, async () => {
  const folder = await freshProject();
  const jupyter = await startJupyter(folder);
  onTestFinished(() => jupyter.stop());
  const { page } = await openPage();
  await page.goto(jupyter.addressOf(notebookName));
  await waitForKernel(page);
  const run = (source: string): Promise<Reply> => page.evaluate(execute, source);
  const { text: kernel } = await run("console.log(process.pid)");

  let stops = 0;
  const random = seededRandom(stopCount);
  const button = page.locator("button[data-jupyter-action='jupyter-notebook:interrupt-kernel']");
  const pressing = (async () => {
    const begin = Date.now();
    for (let i = 0; i < stopCount; i += 1) {
      await delay(begin + ((i + random()) / stopCount) * stoppedTime - Date.now());
      stops += 1;
      await button.click();
    }
  })();

  const ended: string[] = [];
  let summary = "";
  for (const { source } of await codeCells(notebookFile)) {
    for (let reply: Reply | undefined; reply?.status !== "ok"; ) {
      reply = await run(source);
      summary = reply.text;
      if (reply.status === "ok") continue;
      ended.push(reply.text.trim().slice(-100));
      expect(reply.text).not.toMatch(/\n +at /);
      expect(ended.length, reply.text).toBeLessThanOrEqual(stops);
    }
  }
  await pressing;
  console.log(`${stops} stops ended ${ended.length} cells:\n${ended.join("\n")}`);
  expect(await run("console.log(process.pid)")).toEqual({ status: "ok", text: kernel });
  const outputs = (await codeCells(notebookFile)).at(-1)?.outputs ?? [];
  const shown = outputs.map((output) => ("text" in output ? output.text : "")).join("");
  expect(findingsIn(summary)).toHaveLength(3);
  expect(findingsIn(summary)).toEqual(findingsIn(shown));
}, 3_600_000);
