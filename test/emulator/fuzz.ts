/** Requests that no client should send, drawn at random: half of each is right, so that they get past the first check. */
import { integerBetween, pick, type Random } from "../../dist/util/random.js";

/** A request; `path` is sent as it stands. */
export interface OddRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** Ids of what the emulator holds, by kind. */
export interface KnownIds {
  files: string[];
  jobs: string[];
}

const accounts = "/subscriptions/sub/resourceGroups/group/providers/Microsoft.CognitiveServices/accounts/account";
const deployments = `${accounts}/deployments`;
const boundary = "------fuzz";

/** One odd request. */
export function oddRequest(random: Random, known: KnownIds): OddRequest {
  const isForm = random() < 0.3;
  const { method, path, body } = isForm
    ? { method: "POST", path: "/openai/v1/files", body: null }
    : pick(random, calls)(random, known);
  const content = isForm ? damagedForm(random) : Buffer.from(body === null ? "" : jsonText(random, body));
  const prefix = path.startsWith("/openai") && random() < 0.2 ? "/api/projects/local" : "";
  const types = isForm ? formTypes : jsonTypes;
  const type = random() < 0.8 ? types[0] : pick(random, types);
  return {
    method,
    path: prefix + path + (random() < 0.1 ? `?${pick(random, queries)}` : ""),
    headers: type === undefined ? {} : { "content-type": type },
    body: random() < 0.1 ? damaged(random, content) : content,
  };
}

const formTypes = [
  `multipart/form-data; boundary=${boundary}`,
  "multipart/form-data",
  "multipart/form-data; boundary=other",
  'multipart/form-data; boundary=""',
  `multipart/form-data; boundary=${"x".repeat(200)}`,
  "application/json",
  undefined,
];

const jsonTypes = [
  "application/json",
  "application/json; charset=utf-16",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  "nonsense",
  "application/json, text/plain",
  undefined,
];

const queries = [
  "limit=0",
  "limit=-1",
  "limit=1e999",
  "limit=NaN&limit=2",
  "after=nobody",
  "after=%00",
  "order=up",
  "metadata[a]=b",
  "metadata[__proto__]=b&metadata[constructor]=c",
  "a[b][c]=%ff",
  "modelFormat=OpenAI&modelName=__proto__&modelVersion=1",
  `x=${"y".repeat(4000)}`,
  "&&==&%",
];

const oddIds = [
  "file-0",
  "ftjob-0",
  "__proto__",
  "%00",
  "%ff",
  "..%2f..%2fetc%2fpasswd",
  "x".repeat(300),
  "%F0%9F%A7%AE",
  "a b",
  "*",
];

type Call = (random: Random, known: KnownIds) => { method: string; path: string; body: unknown };

const calls: Call[] = [
  ...["", "/content"].map(
    (end): Call =>
      (random, { files }) => ({ method: "GET", path: `/openai/v1/files/${idOf(random, files)}${end}`, body: null }),
  ),
  (random) => ({ method: "DELETE", path: `/openai/v1/files/${pick(random, oddIds)}`, body: null }),
  (random) => ({
    method: "GET",
    path: `/openai/v1/${pick(random, ["files", "fine_tuning/jobs", "models"])}?${pick(random, queries)}`,
    body: null,
  }),
  (random, { files }) => ({ method: "POST", path: "/openai/v1/fine_tuning/jobs", body: job(random, files) }),
  (random, { jobs }) => ({
    method: pick(random, ["GET", "POST"]),
    path: `/openai/v1/fine_tuning/jobs/${idOf(random, jobs)}${pick(random, ["", "/cancel", "/pause", "/resume", "/events", "/checkpoints", "/none"])}?${pick(random, queries)}`,
    body: null,
  }),
  () => ({ method: "POST", path: "/openai/v1/fine_tuning/alpha/graders/validate", body: { grader: multi } }),
  () => ({
    method: "POST",
    path: "/openai/v1/fine_tuning/alpha/graders/run",
    body: { grader: multi, model_sample: '{"a": "7"}', item: { answer: "7", more: [{ a: 1 }] } },
  }),
  () => ({ method: "POST", path: "/openai/v1/chat/completions", body: chat }),
  () => ({
    method: "POST",
    path: "/openai/v1/responses",
    body: {
      model: "o4-mini",
      input: [{ role: "user", content: [{ type: "input_text", text: "1 + 1" }] }],
      max_output_tokens: 2,
    },
  }),
  (random) => ({ method: "GET", path: `${deployments}/${pick(random, ["o4-mini", "", ...oddIds])}`, body: null }),
  (random) => ({ method: "DELETE", path: `${deployments}/${pick(random, oddIds)}`, body: null }),
  (random) => ({ method: "PUT", path: `${deployments}/${pick(random, ["second", ...oddIds])}`, body: deployment }),
  (random) => ({
    method: "GET",
    path: `/subscriptions/sub/providers/Microsoft.CognitiveServices/modelCapacities?${pick(random, queries)}`,
    body: null,
  }),
  (random) => ({ method: pick(random, ["PATCH", "OPTIONS", "HEAD", "PUT"]), path: "/openai/v1/files", body: {} }),
];

const chat = {
  model: "o4-mini",
  messages: [{ role: "user", content: "What is 1 + 1?" }],
  max_completion_tokens: 2,
  n: 1,
  stream: false,
  metadata: { a: "b" },
};

const deployment = {
  sku: { name: "Standard", capacity: 1 },
  properties: { model: { format: "OpenAI", name: "o4-mini", version: "2025-04-16" } },
};

const stringCheck = {
  type: "string_check",
  name: "s",
  operation: "ilike",
  input: "{{sample.output_json.a}}",
  reference: "{{item.answer}}",
};
const multi = {
  type: "multi",
  name: "m",
  graders: { a: stringCheck, b: stringCheck },
  calculate_output: "min(a, 1) + b * 0.5",
};

function job(random: Random, files: string[]): object {
  return {
    model: "o4-mini-2025-04-16",
    training_file: idOf(random, files),
    validation_file: idOf(random, files),
    trainingType: "GlobalStandard",
    suffix: "fuzz",
    seed: 1,
    metadata: { a: "b" },
    method: {
      type: "reinforcement",
      reinforcement: { grader: multi, hyperparameters: { batch_size: 4, n_epochs: 1, eval_interval: "auto" } },
    },
  };
}

function idOf(random: Random, ids: string[]): string {
  return random() < 0.7 && ids.length > 0 ? pick(random, ids) : pick(random, oddIds);
}

const deep = "@deep@";

/** Values that stand where they do not belong. */
const oddValues: unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  0.5,
  "",
  "x".repeat(100_000),
  "\u0000\ud800",
  "{{item.answer}}{{item.more[0].a}}{{ sample.x }}",
  `{{${" ".repeat(50_000)}`,
  "(".repeat(50_000),
  "1+".repeat(20_000),
  `def grade(${"(".repeat(50_000)}`,
  [],
  {},
  [[]],
  { constructor: { prototype: 1 }, toString: 1 },
  nested(99),
  deep,
];

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** The body as JSON with up to three changes; sometimes no JSON at all. */
function jsonText(random: Random, body: unknown): string {
  if (random() < 0.05)
    return pick(random, [
      "",
      "{",
      "[".repeat(100_000),
      '{"a":1e999}',
      '{"__proto__":{"x":1}}',
      "nul",
      '"text"',
      "1",
      "[]",
      "\u0000",
      '{"a":"\\ud800"}',
    ]);
  let changed = structuredClone(body);
  for (let changes = integerBetween(random, 0, 3); changes > 0; changes -= 1) changed = withChange(random, changed);
  return stringify(changed);
}

/** JSON; in the place of `deep` it is nested more deeply than `JSON.stringify` can follow. */
function stringify(value: unknown): string {
  return JSON.stringify(value).replaceAll(`"${deep}"`, "[".repeat(20_000) + "]".repeat(20_000));
}

/** A copy in which one part, at any depth, is replaced, left out or put beside a stranger. */
function withChange(random: Random, value: unknown): unknown {
  const isHolder = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isHolder || random() < 0.15) return pick(random, oddValues);
  const keys = Object.keys(value);
  const key = pick(random, keys);
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  const chance = random();
  if (chance < 0.1) delete copy[key];
  else if (chance < 0.2) copy[pick(random, ["strange", "constructor", "0"])] = pick(random, oddValues);
  else copy[key] = withChange(random, copy[key]);
  return copy;
}

/** A form with a file and a purpose, in which parts are missing, twice there, nameless or cut off. */
function damagedForm(random: Random): Buffer {
  const content = pick(random, ["{}\n", "", "\u0000", "x".repeat(70_000), `{"messages":${"[".repeat(20_000)}`]);
  const parts = [
    pick(random, [
      'name="purpose"\r\n\r\nfine-tune',
      'name="purpose"\r\n\r\nassistants',
      'name="purpose"; filename="p"\r\n\r\nfine-tune',
    ]),
    pick(random, [
      `name="file"; filename="a.jsonl"\r\ncontent-type: application/octet-stream\r\n\r\n${content}`,
      `name="file"\r\n\r\n${content}`,
      `name="file"; filename=""\r\n\r\n${content}`,
      `name="file"; filename="../../../etc/x\u0001"\r\n\r\n${content}`,
      `name="file"; filename="${"y".repeat(5000)}"\r\n\r\n${content}`,
      `filename="a"\r\n\r\n${content}`,
      `name="__proto__"; filename="a"\r\n\r\n${content}`,
      `name="file"; filename*=utf-8''%ff%zz\r\n\r\n${content}`,
    ]),
    pick(random, [
      'name="expires_after[seconds]"\r\n\r\n1e999',
      'name="expires_after[seconds]"\r\n\r\n1209600',
      'name="constructor"\r\n\r\nx',
    ]),
  ];
  const chosen = parts.filter(() => random() < 0.85);
  if (random() < 0.1) chosen.push(...parts, ...parts, ...parts, ...parts);
  const text = chosen.map((part) => `--${boundary}\r\ncontent-disposition: form-data; ${part}\r\n`).join("");
  return Buffer.from(text + (random() < 0.8 ? `--${boundary}--\r\n` : ""));
}

/** Cut off, or with one byte changed. */
function damaged(random: Random, content: Buffer): Buffer {
  if (content.length === 0) return content;
  const at = integerBetween(random, 0, content.length - 1);
  if (random() < 0.5) return content.subarray(0, at);
  const copy = Buffer.from(content);
  copy[at] = integerBetween(random, 0, 255);
  return copy;
}
