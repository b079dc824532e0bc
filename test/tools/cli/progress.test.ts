import { expect, test } from "vitest";
import { type ProgressLine, progressLine } from "../../../dist/tools/cli/progress.js";
import { megabytesText } from "../../../dist/util/format.js";

/** What a line of progress writes to a terminal or a log, by a clock that the test sets. */
function written(
  isTTY: boolean,
  use: (line: ProgressLine, at: (seconds: number) => void) => void,
  columns = 120,
): string {
  let text = "";
  let milliseconds = 0;
  const line = progressLine({
    label: "shard",
    total: 100e6,
    quantity: megabytesText,
    terminal: { isTTY, columns, write: (part) => (text += part) },
    now: () => milliseconds,
  });
  use(line, (seconds) => {
    milliseconds = 1000 * seconds;
  });
  return text;
}

test("a terminal sees one line that shows bar, share, rate and time left, and that is wiped away at the end", () => {
  const text = written(true, (line, at) => {
    line.show(0);
    at(5);
    line.show(25e6);
    line.finish();
  });
  expect(text.split("\r\u001b[K")).toEqual([
    "",
    "shard ░░░░░░░░░░░░░░░░   0 %  0.0 MB of 100.0 MB",
    "shard ████░░░░░░░░░░░░  25 %  25.0 MB of 100.0 MB  5.0 MB/s  0:15 left",
    "",
  ]);
});

test("what was there before the start does not count for the rate", () => {
  const text = written(true, (line, at) => {
    line.show(90e6);
    at(2);
    line.show(92e6);
  });
  expect(text).toMatch(/92 % {2}92\.0 MB of 100\.0 MB {2}1\.0 MB\/s {2}0:08 left$/);
});

test("a terminal is not written to more often than an eye can follow, but sees the end", () => {
  const text = written(true, (line, at) => {
    for (let i = 0; i <= 100; i++) {
      at(i / 1000);
      line.show(i * 1e6);
    }
  });
  expect(text.split("\r").length - 1).toBe(2);
  expect(text).toMatch(/100 % {2}100\.0 MB of 100\.0 MB {2}1000\.0 MB\/s {2}0:00 left$/);
});

test("in a narrow terminal the bar gives way first, and no line is wider", () => {
  const shown = (columns: number): string =>
    written(true, (line) => line.show(50e6), columns).replace("\r\u001b[K", "");
  expect(shown(45)).toBe("shard ██████░░░░░  50 %  50.0 MB of 100.0 MB");
  expect(shown(20)).toBe("shard   50 %  50.0 MB of".slice(0, 19));
});

test("a log gets a line every ten seconds, so that a quick command leaves none", () => {
  const text = written(false, (line, at) => {
    for (let second = 0; second <= 25; second++) {
      at(second);
      line.show(second * 1e6);
    }
    line.finish();
  });
  expect(text.split("\n").map((line) => line.slice(23, 50))).toEqual([
    " 10 %  10.0 MB of 100.0 MB ",
    " 20 %  20.0 MB of 100.0 MB ",
    "",
  ]);
});
