/**
 * `npm run notebook`: opens the notebook in whichever Jupyter this machine has.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cookbookFile } from "../../util/assets.js";
import { ConfigurationError } from "../../util/errors.js";
import { installKernelspec, jupyterDataFolder } from "../notebook/kernelspec.js";
import { findProgram } from "../notebook/programs.js";
import { defineCommand } from "./command.js";

/** The newest first. */
const frontEnds = ["jupyter-lab", "jupyter-notebook", "jupyter-nbclassic"];

const advice = `No Jupyter is found on this machine (looked for ${frontEnds.join(", ")}). One of these gets one:

  pipx install jupyterlab      or   uv tool install jupyterlab
  pip install jupyterlab       inside a virtual environment
  apt install jupyter-notebook on Debian and Ubuntu

Then run  npm run notebook  again. Visual Studio Code needs none: install its extension "Jupyter", open
rft_math_reasoning.ipynb and choose the kernel "TypeScript", which is installed now.
To read the notebook without stepping through it, run  npm start  and open out/rft_math_reasoning.html.`;

defineCommand({
  call: "npm run notebook -- [OPTIONS OF JUPYTER]",
  purpose: `
Installs the TypeScript kernel for your user, then opens rft_math_reasoning.ipynb in JupyterLab or, without it,
in the classic Notebook. What follows -- goes to Jupyter, e.g.  npm run notebook -- --no-browser --port 9999`,
  passesOn: true,
  async run(_, jupyterOptions) {
    const file = await installKernelspec(jupyterDataFolder(process.platform, process.env));
    console.log(`The TypeScript kernel is installed: ${file}`);
    const program = await findProgram(frontEnds);
    if (program === undefined) throw new ConfigurationError(advice);
    console.log(`Opening the notebook with ${program}; Ctrl-C ends it.`);
    // Jupyter handles Ctrl-C itself and asks back.
    process.on("SIGINT", () => {});
    const jupyter = spawn(program, [cookbookFile, ...jupyterOptions], { stdio: "inherit" });
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => jupyter.kill(signal));
    const [code] = (await once(jupyter, "close")) as [number | null];
    process.exitCode = code ?? 1;
  },
});
