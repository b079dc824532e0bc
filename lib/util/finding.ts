/**
 * What a check found: the one scale on which the calibration of a grader and the diagnosis of a curve are read.
 * @module
 */

/**
 * `watch` is a reason to look again, `stop` one not to go on; `unknown` says that too little is known to
 * tell.
 */
export type Level = "ok" | "watch" | "stop" | "unknown";

/** The least that a finding says; each kind of check adds what it is about. */
export interface Finding {
  level: Level;
}
