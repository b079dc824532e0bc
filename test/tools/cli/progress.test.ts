import { expect, test } from "vitest";
import { type ProgressLine, progressLine } from "../../../dist/tools/cli/progress.js";
import { megabytesText } from "../../../dist/util/format.js";

/** What a line of progress writes to a terminal or a log, by a clock that the test sets. */
function written(
  isTTY: boolean,
  use: (show: (done: number) => void, at: (seconds: number) => void, line: ProgressLine) => void,
  columns = 120,
): string {
  let text = "";
  let milliseconds = 0;
  const terminal = { isTTY, columns, write: (part: string) => (text += part) };
  const line = progressLine(megabytesText, terminal, () => milliseconds);
  const show = (done: number): void => line.show({ label: "shard", done, total: 100e6 });
  const at = (seconds: number): void => {
    milliseconds = 1000 * seconds;
  };
  use(show, at, line);
  return text;
}

test("a terminal sees one line that shows bar, share, rate and time left, and that is wiped away at the end", () => {
  const text = written(true, (show, at, line) => {
    show(0);
    at(5);
    show(25e6);
    line.wipe();
  });
  expect(text.split("\r\u001b[K")).toEqual([
    "",
    "shard ░░░░░░░░░░░░░░░░   0 %  0.0 MB of 100.0 MB",
    "shard ████░░░░░░░░░░░░  25 %  25.0 MB of 100.0 MB  5.0 MB/s  0:15 left",
    "",
  ]);
});

test("what was there before the start does not count for the rate", () => {
  const text = written(true, (show, at) => {
    show(90e6);
    at(2);
    show(92e6);
  });
  expect(text).toMatch(/92 % {2}92\.0 MB of 100\.0 MB {2}1\.0 MB\/s {2}0:08 left$/);
});

test("another label begins another count", () => {
  const text = written(true, (show, at, line) => {
    show(90e6);
    at(2);
    line.show({ label: "next", done: 10e6, total: 100e6 });
    at(4);
    line.show({ label: "next", done: 12e6, total: 100e6 });
  });
  expect(text).toMatch(/next .* 10\.0 MB of 100\.0 MB\r.*12\.0 MB of 100\.0 MB {2}1\.0 MB\/s {2}1:28 left$/);
});

test("a terminal is not written to more often than an eye can follow, but sees the end", () => {
  const text = written(true, (show, at) => {
    for (let i = 0; i <= 100; i++) {
      at(i / 1000);
      show(i * 1e6);
    }
  });
  expect(text.split("\r").length - 1).toBe(2);
  expect(text).toMatch(/100 % {2}100\.0 MB of 100\.0 MB {2}1000\.0 MB\/s {2}0:00 left$/);
});

test("in a narrow terminal the bar gives way first, and no line is wider", () => {
  const shown = (columns: number): string => written(true, (show) => show(50e6), columns).replace("\r\u001b[K", "");
  expect(shown(45)).toBe("shard ██████░░░░░  50 %  50.0 MB of 100.0 MB");
  expect(shown(20)).toBe("shard   50 %  50.0 MB of".slice(0, 19));
});

test("a log gets a line every ten seconds, so that a quick command leaves none", () => {
  const text = written(false, (show, at, line) => {
    for (let second = 0; second <= 25; second++) {
      at(second);
      show(second * 1e6);
    }
    line.wipe();
  });
  expect(text.split("\n").map((line) => line.slice(23, 50))).toEqual([
    " 10 %  10.0 MB of 100.0 MB ",
    " 20 %  20.0 MB of 100.0 MB ",
    "",
  ]);
});
