import { describe, expect, test } from "vitest";
import { fillTemplate, templateVariables, wireSample } from "../../dist/grader/template.js";

const sample = { outputText: '{"x": {"y": [10, 20]}}', item: { answer: "12", level: 3, tags: ["a"] } };

describe("a template", () => {
  test.each([
    ["{{item.answer}}", "12"],
    ["{{ item.answer }} and {{item.level}}", "12 and 3"],
    ["{{sample.output_json.x.y[1]}}", "20"],
    ["{{item.tags}}", '["a"]'],
    ["{{sample.output_text}}", sample.outputText],
    ["no variable", "no variable"],
  ])("%s becomes %s", (template, text) => {
    expect(fillTemplate(template, sample)).toBe(text);
  });

  test.each([["{{item.missing}}"], ["{{other.answer}}"], ["{{item.constructor}}"], ["{{}}"]])(
    "has no text where %s does not exist",
    (template) => {
      expect(fillTemplate(template, sample)).toBeUndefined();
    },
  );

  test("inserts values as they are, dollar signs and braces included", () => {
    const item = { answer: "$& {{item.answer}}" };
    expect(fillTemplate("[{{item.answer}}]", { outputText: "", item })).toBe("[$& {{item.answer}}]");
  });

  test.each([["{{"], ["{{ ".repeat(3)], ["}} {{item.answer"]])(
    "is read in one go where %j is followed by many spaces",
    (start) => {
      const endless = `${start}${" ".repeat(300_000)}`;
      expect(fillTemplate(endless, sample)).toBe(endless);
    },
  );

  test("lists its variables", () => {
    expect(templateVariables("{{ item.a }} {{sample.output_text}}")).toEqual(["item.a", "sample.output_text"]);
  });
});

describe("the sample on the wire", () => {
  test("holds the output as JSON only where it is an object", () => {
    expect(wireSample(sample).output_json).toEqual({ x: { y: [10, 20] } });
    expect(wireSample({ outputText: "{not json", item: {} }).output_json).toBeNull();
    expect(wireSample({ outputText: "12", item: {} })).toMatchObject({ output_json: null, output_text: "12" });
  });
});
