import { appendFile, mkdtemp, readFile, rm, truncate, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AnswerCache,
  type AnswerSource,
  listKeptAnswers,
  openAnswerCache,
  readKeptAnswers,
} from "../../dist/evaluate/answer-cache.js";
import type { Reply } from "../../dist/evaluate/ask.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "answers-"));
});
afterAll(() => rm(folder, { recursive: true }));

let number = 0;
/** A source of its own for each test. */
function newSource(): AnswerSource {
  number += 1;
  return {
    backend: "local",
    deployment: `math/${number}`,
    model: "o4-mini-2025-04-16.ft-1",
    fingerprint: "fp_1",
    maxCompletionTokens: 16_384,
    reasoningEffort: null,
    decoding: "temperature 1",
  };
}

const key = (text: string, sample = 0) => ({ messages: [{ role: "user" as const, content: text }], sample });

function reply(text: string): Reply {
  const counts = { promptTokens: 10, completionTokens: 20, reasoningTokens: 5, seconds: 1.5 };
  return { text, finishReason: "stop", ...counts, model: "o4-mini-2025-04-16.ft-1", fingerprint: "fp_1" };
}

async function using<T>(source: AnswerSource, use: (cache: AnswerCache) => T): Promise<T> {
  const cache = await openAnswerCache(folder, source);
  try {
    return use(cache);
  } finally {
    cache.close();
  }
}

describe("openAnswerCache", () => {
  test("gives back whole answers, by prompt and sample", async () => {
    const source = newSource();
    const text = "é \u2028 \u{1d54f}\n\\boxed{1}\u0000";
    await using(source, (cache) => {
      expect(cache.get(key("a"))).toBeUndefined();
      cache.add(key("a"), reply(text));
      cache.add(key("a", 1), reply("second"));
    });
    await using(source, (cache) => {
      expect(cache.get(key("a"))).toEqual(reply(text));
      expect(cache.get(key("a", 1))?.text).toBe("second");
      expect(cache.get(key("a", 2))).toBeUndefined();
      expect(cache.get(key("b"))).toBeUndefined();
    });
  });

  test("keeps the answers of another model, fingerprint, setting or deployment apart", async () => {
    const source = newSource();
    await using(source, (cache) => cache.add(key("a"), reply("kept")));
    const others: Partial<AnswerSource>[] = [
      { backend: "azure" },
      { deployment: "other" },
      { model: "o4-mini-2025-04-16.ft-2" },
      { fingerprint: "fp_2" },
      { maxCompletionTokens: 100 },
      { reasoningEffort: "low" },
      { decoding: "greedy" },
    ];
    for (const other of others)
      expect(await using({ ...source, ...other }, (cache) => cache.get(key("a")))).toBeUndefined();
    expect(await using(source, (cache) => cache.get(key("a"))?.text)).toBe("kept");
  });

  test("passes over a last line that was half written, wherever it was cut, and goes on", async () => {
    const source = newSource();
    const path = await using(source, (cache) => {
      cache.add(key("a"), reply("first"));
      return cache.path;
    });
    const whole = (await readFile(path)).length;
    await using(source, (cache) => cache.add(key("b"), reply("größer ∞")));
    const end = (await readFile(path)).length;
    for (let cut = end - 1; cut > whole; cut -= 7) {
      await truncate(path, cut);
      await using(source, (cache) => {
        expect(cache.get(key("a"))?.text).toBe("first");
        cache.add(key("c"), reply("third"));
      });
      expect(await using(source, (cache) => cache.get(key("c"))?.text)).toBe("third");
      await truncate(path, whole);
      await using(source, (cache) => cache.add(key("b"), reply("größer ∞")));
    }
  });

  test("passes over lines that are no answers", async () => {
    const source = newSource();
    const path = await using(source, (cache) => cache.path);
    await appendFile(path, 'null\n[1]\n"text"\n{"answer":1}\n\n');
    await using(source, (cache) => cache.add(key("a"), reply("kept")));
    expect(await using(source, (cache) => cache.get(key("a"))?.text)).toBe("kept");
  });

  test("says in its first line whose answers they are, and holds no prompt", async () => {
    const source = newSource();
    const path = await using(source, (cache) => {
      cache.add(key("the secret prompt"), reply("kept"));
      return cache.path;
    });
    const content = await readFile(path, "utf8");
    expect(JSON.parse(content.split("\n")[0] as string)).toEqual({ source });
    expect(content).not.toContain("secret prompt");
    expect(path).toMatch(/math_\d+-[0-9a-f]{16}\.jsonl$/);
  });

  test("keeps nothing once it is closed", async () => {
    const source = newSource();
    const cache = await openAnswerCache(folder, source);
    cache.close();
    cache.add(key("a"), reply("late"));
    expect(await using(source, (reopened) => reopened.get(key("a")))).toBeUndefined();
  });

  test("lists what is kept, the newest first, and nothing where there is no folder", async () => {
    expect(await listKeptAnswers(join(folder, "none"))).toEqual([]);
    const own = await mkdtemp(join(tmpdir(), "kept-"));
    const source = newSource();
    const cache = await openAnswerCache(own, source);
    for (const prompt of ["a", "b"]) cache.add(key(prompt), reply(prompt));
    cache.close();
    await utimes(cache.path, new Date("2026-01-02T03:04:05Z"), new Date("2026-01-02T03:04:05Z"));
    (await openAnswerCache(own, newSource())).close();
    expect(await listKeptAnswers(own)).toMatchObject([
      { answers: 0 },
      { source, answers: 2, written: "2026-01-02T03:04Z" },
    ]);
    await rm(own, { recursive: true });
  });

  test("answers for a deployment that is gone only where all is kept of that model, whatever its fingerprint was", async () => {
    const { fingerprint, ...wanted } = newSource();
    await using({ ...wanted, fingerprint }, (cache) => {
      cache.add(key("a"), reply("first"));
      cache.add(key("b"), reply("second"));
    });
    const texts = async (source: typeof wanted, ...prompts: string[]): Promise<string[] | undefined> =>
      (
        await readKeptAnswers(
          folder,
          source,
          prompts.map((prompt) => key(prompt)),
        )
      )?.map(({ text }) => text);
    expect(await texts(wanted, "b", "a")).toEqual(["second", "first"]);
    expect(await texts(wanted, "a", "c")).toBeUndefined();
    expect(await texts({ ...wanted, model: "another" }, "a")).toBeUndefined();
    expect(await texts({ ...wanted, decoding: "greedy" }, "a")).toBeUndefined();
  });
});
