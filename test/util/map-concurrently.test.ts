import { describe, expect, test } from "vitest";
import { mapConcurrently } from "../../dist/util/map-concurrently.js";

const nextTurn = (): Promise<void> => new Promise((next) => setImmediate(next));

describe("mapConcurrently", () => {
  test("keeps the items' order and never has more than the limit under way", async () => {
    let open = 0;
    let most = 0;
    const doubled = await mapConcurrently([5, 1, 4, 2, 3, 0], 3, async (turns) => {
      open += 1;
      most = Math.max(most, open);
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      open -= 1;
      return 2 * turns;
    });
    expect(doubled).toEqual([10, 2, 8, 4, 6, 0]);
    expect(most).toBe(3);
  });

  test("rejects with the first failure and begins no further task", async () => {
    const begun: number[] = [];
    const running = mapConcurrently([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await nextTurn();
      if (item === 1) throw new Error("no");
    });
    await expect(running).rejects.toThrow("no");
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(begun.length).toBeLessThan(6);
  });
});
