import { expect, test } from "vitest";
import { mathGrader } from "../../dist/grader/math-grader.js";
import { graderKeys } from "../../dist/service/graders.js";

test("the cookbook's own grader reads the reference answer and nothing else, in both its forms", () => {
  expect(graderKeys(mathGrader())).toEqual(["answer"]);
  expect(graderKeys(mathGrader({ as: "python" }))).toEqual(["answer"]);
});

test("templates name keys, wherever in the grader they stand", () => {
  const keys = graderKeys({
    type: "multi",
    name: "both",
    graders: {
      same: {
        type: "string_check",
        name: "same",
        operation: "eq",
        input: "{{sample.output_text}}",
        reference: "{{ item.final }}",
      },
      judged: {
        type: "score_model",
        name: "judged",
        model: "o3-mini",
        input: [{ role: "user", content: "Is {{sample.output_text}} {{item.solution.steps[0]}} or {{item.final}}?" }],
      },
    },
    calculate_output: "same + judged",
  });
  expect(keys).toEqual(["final", "solution"]);
});

test("Python names keys by brackets and by get, whatever its second parameter is called", () => {
  const source = `def helper(item):
    return item['level']

def grade(sample: dict, row: dict) -> float:
    return float(row["answer"] == row.get( "other", "") or arrow["no"] or sample["output_text"])
`;
  expect(graderKeys({ type: "python", name: "rows", source })).toEqual(["answer", "level", "other"]);
});
