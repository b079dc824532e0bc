/**
 * Loaded into the kernel before tslab by the notebook runner, not by Jupyter: ends the process when its
 * standard input ends. The pipe closes however the parent ends, so no kernel outlives the program that
 * started it.
 * @module
 */
process.stdin.on("close", () => process.exit()).resume();
process.stdin.unref();
