/**
 * `npm run emulator`: the local stand-in for the service, until its standard input ends or it is told to stop.
 * @module
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startEmulator } from "../../emulator/emulator.js";
import { readFaultPlan } from "../../emulator/faults/fault-plan.js";
import { projectRoot } from "../../util/assets.js";
import { UserError } from "../../util/errors.js";
import { runCommand } from "./command.js";

const usage = `
Usage: npm run emulator -- [options]

Serves a local stand-in for Azure OpenAI on 127.0.0.1 and prints one line of JSON with its addresses and its key:
base_url, project_endpoint, arm_endpoint, api_key. It ends with its standard input (Ctrl-D), or with Ctrl-C.

  --port N     the port to listen on (default 0: a free one)
  --state DIR  where files, jobs, models and deployments are kept (default .foundry in the project)
  --faults FILE  calls that go wrong, as JSON: [{"route": "POST /openai/v1/files", "nth": 1, "kind": "rate_limit"}, …];
               lib/emulator/faults/fault-plan.ts lists the kinds
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      faults: { type: "string" },
      state: { type: "string", default: join(projectRoot, ".foundry") },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UserError(`--port must be a whole number from 0 to 65535, not "${values.port}".`);
  const faults = values.faults === undefined ? undefined : await readFaultPlan(values.faults);
  const emulator = await startEmulator({ stateDir: resolve(values.state), port, faults });
  const stop = (): void => void emulator.close().then(() => process.exit(0));
  process.stdin.once("close", stop).resume();
  process.once("SIGTERM", stop).once("SIGINT", stop);
  const { baseUrl, projectEndpoint, armEndpoint, apiKey } = emulator;
  console.log(
    JSON.stringify({
      base_url: baseUrl,
      project_endpoint: projectEndpoint,
      arm_endpoint: armEndpoint,
      api_key: apiKey,
    }),
  );
}

runCommand(usage, main);
