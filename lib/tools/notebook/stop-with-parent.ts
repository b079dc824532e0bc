/**
 * Loaded into the kernel before tslab: ends the process when its standard input ends. The pipe closes however the
 * parent goes, so no kernel outlives the program that started it.
 * @module
 */
process.stdin.on("close", () => process.exit()).resume();
process.stdin.unref();
