import { describe, expect, test } from "vitest";
import { tokensFigure } from "../../dist/plot/tokens.js";
import { madeCurve } from "./made-curve.js";
import { titleOf } from "./title-of.js";

const curve = madeCurve({ completionTokens: 24, reasoningTokens: 10 }, { completionTokens: 31, reasoningTokens: 15 });

describe("tokensFigure", () => {
  test("states how the length of the answers changed", () => {
    expect(titleOf(tokensFigure(curve))).toBe("Length of an answer rises from 24 to 31 tokens");
  });
});
