import { describe, expect, test } from "vitest";
import { checkTrainingFile, type LineFault, type TrainingLine } from "../../dist/service/training-file.js";

const good: TrainingLine = { messages: [{ role: "user", content: "What is $1 + 1$?" }], answer: "2", source: "test" };

function faultsOf(...lines: (string | object)[]): LineFault[] {
  const check = checkTrainingFile();
  return lines.flatMap((line) => check.line(typeof line === "string" ? line : JSON.stringify(line)));
}

test("ten lines with the same keys have no fault, with or without a byte order mark", () => {
  const check = checkTrainingFile();
  const line = JSON.stringify(good);
  const faults = [`\uFEFF${line}`, ...Array.from({ length: 9 }, () => line)].flatMap((text) => check.line(text));
  expect([...faults, ...check.end()]).toEqual([]);
});

describe("a line is refused that", () => {
  test.each<[string, string | object, string, RegExp]>([
    ["is not JSON", '{"messages": [', "", /is not a JSON object/],
    ["is empty", "", "", /is not a JSON object/],
    ["is a list", [good], "", /is not a JSON object/],
    ["has no messages", { ...good, messages: undefined }, "messages", /must be a list/],
    ["has an empty list of messages", { ...good, messages: [] }, "messages", /must be a list/],
    [
      "has another role",
      { ...good, messages: [{ role: "robot", content: "a" }, ...good.messages] },
      "messages",
      /has the role "robot"/,
    ],
    ["has a message without text", { ...good, messages: [{ role: "user", content: "" }] }, "messages", /without text/],
    [
      "ends with the model's answer",
      { ...good, messages: [...good.messages, { role: "assistant", content: "2" }] },
      "messages",
      /must end with the user's message, not with "assistant"/,
    ],
    ["lacks a key of the first line", { ...good, answer: undefined }, "answer", /missing here but stands in line 1/],
    ["has a key more than the first line", { ...good, level: "5" }, "level", /missing in line 1/],
    ["has another type under a key", { ...good, answer: 2 }, "answer", /is of type number here, but string in line 1/],
    ["has null under a key", { ...good, answer: null }, "answer", /is of type null here/],
  ])("%s", (_, line, key, message) => {
    const faults = faultsOf(good, line);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.at(-1)).toMatchObject({ line: 2, key, message: expect.stringMatching(message) });
  });

  test("has nothing beside the messages for the grader to read", () => {
    expect(faultsOf({ messages: good.messages })[0]?.message).toMatch(/the grader needs the reference answer/);
  });
});

test("a file with fewer than ten lines is refused as a whole", () => {
  const check = checkTrainingFile();
  for (let i = 0; i < 9; i++) check.line(JSON.stringify(good));
  expect(check.end()).toEqual([{ line: 0, key: "", message: "has 9 lines; at least 10 are needed" }]);
});

test("a file of more than 512 MB is refused as a whole", () => {
  const check = checkTrainingFile();
  const long = "x".repeat(100_000_000);
  for (let i = 0; i < 6; i++) check.line(long);
  const size = {
    line: 0,
    key: "",
    message: expect.stringMatching(/600000006 bytes long; the service takes at most 512000000/),
  };
  expect(check.end()).toContainEqual(size);
});
