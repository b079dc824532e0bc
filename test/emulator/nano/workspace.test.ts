/** @module The WebAssembly kernels against plain arithmetic, and their memory. */
import { describe, expect, test } from "vitest";
import { Workspace } from "../../../dist/emulator/nano/workspace.js";
import { seededRandom } from "../../../dist/util/random.js";

describe("the matrix product", () => {
  const shapes = [
    [1, 8, 1],
    [3, 8, 5],
    [4, 16, 8],
    [67, 24, 130],
    [130, 8, 300],
  ] as const;

  test.each(shapes)(
    "of %i x %i over %i agrees with the definition, set or added, A as it is or transposed",
    (M, N, K) => {
      const { workspace, a, b, c } = operands(M, N, K);
      const before = workspace.floats(c, M * N).slice();
      const expected = (row: number, column: number, transposed: boolean) => {
        const A = workspace.floats(a, M * K);
        const B = workspace.floats(b, K * N);
        let sum = 0;
        for (let k = 0; k < K; k++)
          sum += (A[transposed ? k * M + row : row * K + k] as number) * (B[k * N + column] as number);
        return sum;
      };
      const error = (start: number, transposed: boolean) =>
        Math.max(
          ...workspace.floats(c, M * N).map((value, i) => {
            const wanted = start * (before[i] as number) + expected(Math.floor(i / N), i % N, transposed);
            return Math.abs(value - wanted);
          }),
        );

      workspace.kernels.multiply(M, N, K, a, K, 1, b, N, c, N, 1);
      expect(error(1, false)).toBeLessThan(1e-4);
      workspace.kernels.multiply(M, N, K, a, K, 1, b, N, c, N, 0);
      expect(error(0, false)).toBeLessThan(1e-4);
      workspace.kernels.multiply(M, N, K, a, 1, M, b, N, c, N, 0);
      expect(error(0, true)).toBeLessThan(1e-4);
    },
  );

  function operands(M: number, N: number, K: number) {
    const workspace = new Workspace();
    const random = seededRandom(M + N + K);
    const [a, b, c] = [M * K, K * N, M * N].map((length) => workspace.allocate(length)) as [number, number, number];
    for (const [address, length] of [
      [a, M * K],
      [b, K * N],
      [c, M * N],
    ] as const) {
      workspace.floats(address, length).forEach((_, i, view) => {
        view[i] = random() - 0.5;
      });
    }
    return { workspace, a, b, c };
  }
});

describe("softmax", () => {
  test("agrees with the definition, ignores the padding and returns the logarithm of the sum", () => {
    const workspace = new Workspace();
    const values = [3, -2, 0.5, 40, -90, 39];
    const at = workspace.allocate(8);
    workspace.floats(at, 8).set([...values, 1000, 1000]);
    const logSum = workspace.kernels.softmax(at, 6, 8, 0.5);
    const exponentials = values.map((value) => Math.exp(value / 2));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    expect(logSum).toBeCloseTo(Math.log(sum), 4);
    const result = [...workspace.floats(at, 8)];
    exponentials.forEach((value, i) => {
      expect(result[i]).toBeCloseTo(value / sum, 6);
    });
    expect(result.slice(6)).toEqual([0, 0]);
  });
});

describe("a workspace", () => {
  test("keeps what was sealed and hands out the rest again and again", () => {
    const workspace = new Workspace();
    const kept = workspace.allocate(10);
    workspace.floats(kept, 10).fill(7);
    workspace.seal();
    const scratch = workspace.allocate(100_000);
    workspace.floats(scratch, 100_000).fill(1);
    workspace.reset();
    expect(workspace.allocate(5)).toBe(scratch);
    expect([...workspace.floats(kept, 10)]).toEqual(Array(10).fill(7));
    expect(workspace.resets).toBe(1);
  });

  test("never hands out overlapping room", () => {
    const workspace = new Workspace();
    const first = workspace.allocate(3);
    const second = workspace.allocate(3);
    expect(second - first).toBeGreaterThanOrEqual(12);
    expect(second % 64).toBe(0);
  });
});
