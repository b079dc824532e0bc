import { expect, test } from "vitest";
import { pollDelay } from "../../dist/connect/poll-delay.js";

const delayFor = (headers: Record<string, string>) => pollDelay((name) => headers[name], 5_000);

test.each([
  [{ "openai-poll-after-ms": "300", "retry-after": "9" }, 300],
  [{ "retry-after-ms": "40", "retry-after": "9" }, 40],
  [{ "retry-after": "2" }, 2_000],
])("waits as %j asks: %i ms", (headers, expected) => {
  expect(delayFor(headers as Record<string, string>)).toBe(expected);
});

test("waits its own time where the reply asks for none, or for a date", () => {
  expect(delayFor({})).toBe(5_000);
  expect(delayFor({ "retry-after": "Sun, 22 Nov 2026 12:00:00 GMT" })).toBe(5_000);
});

test("makes no busy loop of a 0", () => {
  expect(delayFor({ "retry-after": "0" })).toBe(20);
});
