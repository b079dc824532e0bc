import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { rewardFigure } from "../../dist/plot/curves.js";
import { showFigure } from "../../dist/plot/show-figure.js";
import { runNotebook } from "../../dist/tools/notebook/run.js";
import { projectRoot } from "../../dist/util/assets.js";
import { codeCell, notebookOf } from "../tools/notebook/notebooks.js";
import { madeCurve } from "./made-curve.js";

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
});
afterEach(() => vi.restoreAllMocks());

describe("showFigure outside a notebook", () => {
  test("prints the description", () => {
    showFigure(rewardFigure(madeCurve({ validReward: 0.3 }, { validReward: 0.8 })));
    expect(printed).toEqual([expect.stringMatching(/^Validation reward rises from 0\.30 to 0\.80\./)]);
  });
});

describe("figures in a notebook", () => {
  const prepare = 'import { prepareFigures, rewardFigure, showFigure } from "./lib";\nprepareFigures();';
  const draw = 'showFigure(rewardFigure({ jobId: "", points: [] }));';

  /** How often each cell's output holds plotly.js. */
  async function libraries(...sources: string[]): Promise<number[]> {
    const { notebook, failure } = await runNotebook(notebookOf(...sources.map((source) => codeCell(source))), {
      cwd: projectRoot,
    });
    expect(failure).toBeUndefined();
    return notebook.cells.map((cell) => JSON.stringify(cell).split("<!-- plotly.js -->").length - 1);
  }

  test("find plotly.js in the cell that prepares them, also when that cell or a figure runs again", async () => {
    expect(await libraries(prepare, draw, draw, prepare, draw)).toEqual([1, 0, 0, 1, 0]);
  });

  test("bring it along where no cell has prepared them", async () => {
    expect(await libraries('import { rewardFigure, showFigure } from "./lib";', draw, draw)).toEqual([0, 1, 0]);
  });
});
