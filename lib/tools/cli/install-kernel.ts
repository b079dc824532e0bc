/**
 * `npm run kernel:install`: makes the TypeScript kernel known to Jupyter and VS Code.
 * @module
 */
import { installKernelspec, jupyterDataFolder } from "../notebook/kernelspec.js";
import { defineCommand } from "./command.js";

defineCommand({
  call: "npm run kernel:install",
  purpose: `
Writes the specification of the TypeScript kernel (tslab) into your Jupyter data folder, so that JupyterLab
and VS Code offer it. It names this Node.js and this project's tslab: run it again when either has moved.
JUPYTER_DATA_DIR names another folder.`,
  async run() {
    const file = await installKernelspec(jupyterDataFolder(process.platform, process.env));
    console.log(`The TypeScript kernel is installed: ${file}`);
    console.log('Next: open rft_math_reasoning.ipynb in JupyterLab or VS Code and choose the kernel "TypeScript".');
  },
});
