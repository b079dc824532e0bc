/**
 * `npm run emulator`: the local stand-in for the service, until its standard input ends or it is told to
 * stop.
 * @module
 */
import { join, resolve } from "node:path";
import { projectRoot } from "../../util/assets.js";
import { defineCommand, text, whole } from "./command.js";

defineCommand({
  call: "npm run emulator",
  purpose: `
Serves a local stand-in for Azure OpenAI on 127.0.0.1 and prints one line of JSON with its addresses and its key:
base_url, project_endpoint, arm_endpoint, api_key. It ends with its standard input (Ctrl-D), or with Ctrl-C.`,
  options: {
    port: whole("the port to listen on; 0 takes a free one", 0, 0, 65_535),
    state: text("DIR", "where files, jobs, models and deployments are kept", join(projectRoot, ".foundry")),
    faults: text(
      "FILE",
      'calls that go wrong, as JSON: [{"route": "POST /openai/v1/files", "nth": 1, "kind": "rate_limit"}, …]; ' +
        "lib/emulator/faults/fault-plan.ts lists the kinds",
    ),
  },
  async run({ port, state, faults: file }) {
    const { startEmulator } = await import("../../emulator/emulator.js");
    const { readFaultPlan } = await import("../../emulator/faults/fault-plan.js");
    const faults = file === undefined ? undefined : await readFaultPlan(file);
    const emulator = await startEmulator({ stateDir: resolve(state), port, faults });
    const stop = (): void => void emulator.close().then(() => process.exit(0));
    process.stdin.once("close", stop).resume();
    process.once("SIGTERM", stop).once("SIGINT", stop);
    const { baseUrl, projectEndpoint, armEndpoint, apiKey } = emulator;
    const addresses = { base_url: baseUrl, project_endpoint: projectEndpoint, arm_endpoint: armEndpoint };
    console.log(JSON.stringify({ ...addresses, api_key: apiKey }));
  },
});
