import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fastify from "fastify";
import { expect, test } from "vitest";

const command = join(__dirname, "../../../dist/tools/cli/parity.js");
const cases = join(mkdtempSync(join(tmpdir(), "parity-test-")), "cases.jsonl");
writeFileSync(
  cases,
  [
    '{"gold": "1/2", "pred": "0.5", "expected": true}',
    '{"gold": "1/2", "pred": "0.6", "expected": false}',
    '{"gold": "7", "pred": "", "expected": false}',
  ].join("\n"),
);

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/** Empty variables count as unset and win over a `.env`. */
const noAzure = { AZURE_AI_PROJECT_ENDPOINT: "", AZURE_OPENAI_ENDPOINT: "" };

async function run(options: string[], env: NodeJS.ProcessEnv = noAzure): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...options], { env: { ...process.env, ...env } });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { status, stdout, stderr };
}

test("finds no difference between the sandbox here and the emulator", async () => {
  const { stdout, stderr, status } = await run(["--cases", cases]);
  expect(stderr).toBe("");
  expect(stdout).toBe("3 outputs graded here and by the emulator: 0 differ\n");
  expect(status).toBe(0);
});

test("shows each difference and ends with code 1", async () => {
  const service = fastify({ forceCloseConnections: true });
  const sub_rewards = { correctness: 0, format: 1, reasoning: 1 / 3, completeness: 1 };
  service.post("/openai/v1/fine_tuning/alpha/graders/run", async () => ({ reward: 0.1, sub_rewards }));
  const origin = await service.listen({ host: "127.0.0.1", port: 0 });
  const { stdout, status } = await run(["--cases", cases], {
    ...noAzure,
    AZURE_AI_PROJECT_ENDPOINT: `${origin}/api/projects/project`,
    AZURE_OPENAI_KEY: "key",
    AZURE_SUBSCRIPTION_ID: "sub",
    AZURE_RESOURCE_GROUP: "group",
    AZURE_AOAI_ACCOUNT: "account",
    MODEL_NAME: "o4-mini",
  });
  await service.close();
  expect(stdout).toMatch(
    /^"1\/2" {2}".*boxed\{0\.5\}.*" {2}reward 0\.9\d* here, 0\.1 there; correctness 1 here, 0 there$/m,
  );
  expect(stdout).toContain("format 0 here, 1 there");
  expect(stdout).not.toContain("boxed{0.6}");
  expect(stdout).toContain("3 outputs graded here and by Azure: 2 differ");
  expect(status).toBe(1);
});
