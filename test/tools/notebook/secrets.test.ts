import { expect, test } from "vitest";
import { refuseSecrets } from "../../../dist/tools/notebook/secrets.js";
import { escapeHtml } from "../../../dist/util/escape.js";

const value = 'S3CRET"<&\\value';
const settings = {
  AZURE_OPENAI_KEY: ` ${value}\n`,
  MODEL_NAME: "o4-mini-2025",
  HF_TOKEN: "none",
  EMPTY_KEY: undefined,
};

test.each([
  ["as it is", `before ${value} after`],
  ["in JSON", JSON.stringify({ text: value })],
  ["in a page", `<pre>${escapeHtml(value)}</pre>`],
])("an output that holds a secret %s is refused by the setting's name", (_, text) => {
  expect(() => refuseSecrets(["fine", text], settings)).toThrow(/hold the value of AZURE_OPENAI_KEY/);
  expect(() => refuseSecrets(["fine", text], settings)).not.toThrow(/S3CRET/);
});

test("settings that are no secrets, and values too short for one, may be shown", () => {
  expect(() => refuseSecrets(["o4-mini-2025 none"], settings)).not.toThrow();
});
