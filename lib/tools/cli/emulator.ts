/**
 * `npm run emulator`: the local stand-in for the service, as long as somebody uses it.
 * @module
 */
import { join, resolve } from "node:path";
import { projectRoot } from "../../util/assets.js";
import { defineCommand, flag, text, whole } from "./command.js";

defineCommand({
  call: "npm run emulator",
  purpose: `
Serves a local stand-in for Azure OpenAI on 127.0.0.1 and prints one line of JSON with its addresses and its key:
base_url, project_endpoint, arm_endpoint, api_key. Notebooks use it together. It ends with Ctrl-C, or with its standard
input (Ctrl-D) once no notebook uses it any more.`,
  options: {
    port: whole("the port to listen on; 0 takes a free one", 0, 0, 65_535),
    state: text("DIR", "where files, jobs, models and deployments are kept", join(projectRoot, ".foundry")),
    faults: text(
      "FILE",
      'calls that go wrong, as JSON: [{"route": "POST /openai/v1/files", "nth": 1, "kind": "rate_limit"}, …]; ' +
        "lib/emulator/faults/fault-plan.ts lists the kinds",
    ),
    share: flag("where an emulator serves the folder already, print its line and end"),
  },
  async run({ port, state, faults: file, share }) {
    const { findOrServe, serve } = await import("../../emulator/sharing.js");
    const { readFaultPlan } = await import("../../emulator/faults/fault-plan.js");
    const faults = file === undefined ? [] : await readFaultPlan(file);
    const options = { stateDir: resolve(state), port, faults };
    const ready = await (share ? findOrServe(options, process.stdin) : serve(options, process.stdin));
    // The program that reads what this one prints may end before it.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
    console.log(JSON.stringify(ready));
  },
});
