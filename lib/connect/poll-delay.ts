/**
 * How long to wait before asking the service again.
 * @module
 */

/**
 * Milliseconds until the next question: what the reply asks for (`openai-poll-after-ms`, `retry-after-ms`, `retry-after` in
 * seconds), but at least 20, else `byDefault`. `header` returns a header of the reply, by its lower-case name.
 */
export function pollDelay(header: (name: string) => string | null | undefined, byDefault: number): number {
  const asked = [
    header("openai-poll-after-ms"),
    header("retry-after-ms"),
    secondsAsMilliseconds(header("retry-after")),
  ].map((value) => Number.parseFloat(value ?? ""));
  const named = asked.find((milliseconds) => milliseconds >= 0);
  return named === undefined ? byDefault : Math.max(named, 20);
}

function secondsAsMilliseconds(seconds: string | null | undefined): string {
  return String(Number.parseFloat(seconds ?? "") * 1000);
}
